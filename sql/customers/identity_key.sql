create or replace function private.identity_key(p_channel_id uuid, p_identity jsonb)
returns bigint
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_value text := p_identity ->> 'value';
begin
  if p_identity ->> 'kind' = 'phone' then
    v_value := least(v_value, (private.phone_variants(v_value))[1]);
  end if;
  return hashtextextended(
    concat_ws(' ', p_channel_id, p_identity ->> 'kind', v_value), 0
  );
end;
$$;

comment on function private.identity_key is
'The number under which an identity ({kind, value}) is locked while its customer is being made; all
forms of a number have one.';
revoke all on function private.identity_key from public;
grant execute on function private.identity_key to service_role;
