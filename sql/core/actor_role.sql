-- Without claims the role that was taken on decides, so that a forgotten claim opens nothing; a
-- security definer does not change it.
create or replace function private.actor_role()
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when coalesce(
      (select auth.jwt()) ->> 'role', nullif(current_setting('role'), 'none'), 'service_role'
    ) in ('service_role', 'postgres') then 'service'
    when (select private.is_admin()) then 'admin'
    when (select private.is_agent()) then 'agent'
    else 'visitor'
  end;
$$;

comment on function private.actor_role is
'Who is asking: service (our own processes), admin, agent or visitor.';
revoke all on function private.actor_role from public;
grant execute on function private.actor_role to authenticated, service_role;
