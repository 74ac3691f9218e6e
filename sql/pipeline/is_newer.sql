create or replace function private.is_newer(p_moment text, p_known text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if not coalesce(pg_input_is_valid(p_moment, 'timestamptz'), false)
    or not coalesce(pg_input_is_valid(p_known, 'timestamptz'), false) then
    return true;
  end if;
  return p_moment::timestamptz > p_known::timestamptz;
end;
$$;

comment on function private.is_newer is
'Whether a platform''s moment comes after the one that is known; true where one of them is none.';
revoke all on function private.is_newer from public;
grant execute on function private.is_newer to service_role;
