create or replace function private.require_admin()
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if (select private.actor_role()) not in ('service', 'admin') then
    raise exception using
      errcode = 'PT403',
      message = 'only admins may do this',
      hint = 'ask an admin, or run it as the service';
  end if;
end;
$$;

comment on function private.require_admin is
'Raises PT403 unless the caller is an active admin or one of our own processes.';
revoke all on function private.require_admin from public;
grant execute on function private.require_admin to authenticated, service_role;
