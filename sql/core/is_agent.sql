-- Security definer: policies on agents itself need it, a plain select would recurse.
create or replace function private.is_agent()
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select 1
    from public.agents
    where agents.id = (select auth.uid()) and agents.is_active
  );
$$;

comment on function private.is_agent is 'Whether the caller is an active agent.';
revoke all on function private.is_agent from public;
grant execute on function private.is_agent to authenticated, service_role;
