create or replace function private.require_agent()
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if (select private.actor_role()) = 'visitor' then
    raise exception using
      errcode = 'PT403',
      message = 'only agents may do this',
      hint = 'sign in as an active agent';
  end if;
end;
$$;

comment on function private.require_agent is
'Raises PT403 unless the caller is an active agent or one of our own processes.';
revoke all on function private.require_agent from public;
grant execute on function private.require_agent to authenticated, service_role;
