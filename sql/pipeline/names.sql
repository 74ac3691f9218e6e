create or replace function private.names(p_text text, p_value text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_text ~ (
    '(^|[^[:alnum:]])'
    || regexp_replace(p_value, '([][\\.*^$+?{}|()])', '\\\1', 'g')
    || '($|[^[:alnum:]])'
  );
end;
$$;

comment on function private.names is
'Whether a text holds a value as a whole, not within a longer word or number.';
revoke all on function private.names from public;
grant execute on function private.names to service_role;
