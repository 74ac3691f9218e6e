create or replace function private.identity_value(p_identities jsonb, p_kind text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return (
    select identities.item ->> 'value'
    from jsonb_array_elements(p_identities) as identities (item)
    where identities.item ->> 'kind' = p_kind
    limit 1
  );
end;
$$;

comment on function private.identity_value is
'The value of the first identity of a kind in [{kind, value}], or null.';
revoke all on function private.identity_value from public;
grant execute on function private.identity_value to service_role;
