create or replace function private.actor_role()
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when coalesce((select auth.jwt()) ->> 'role', 'service_role') = 'service_role' then 'service'
    when (select private.is_admin()) then 'admin'
    when (select private.is_agent()) then 'agent'
    else 'visitor'
  end;
$$;

comment on function private.actor_role is
'Who is asking: service (our own processes), admin, agent or visitor.';
revoke all on function private.actor_role from public;
grant execute on function private.actor_role to authenticated, service_role;
