create or replace function private.address_pattern(p_pattern text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select replace(
    replace(replace(replace(p_pattern, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%'
  );
$$;

comment on function private.address_pattern is
'An address with * for anything, as a pattern of LIKE; anything else stands for itself.';
revoke all on function private.address_pattern from public;
grant execute on function private.address_pattern to service_role;
