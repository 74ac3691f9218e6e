create or replace function private.ensure_agent(
  p_user uuid,
  p_email text,
  p_name text,
  p_role text default 'agent'
)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into public.agents (id, email, name, role)
  values (p_user, lower(p_email), p_name, p_role)
  on conflict (id) do update
    set email = excluded.email, name = excluded.name, role = excluded.role, is_active = true
  returning id;
$$;

comment on function private.ensure_agent is
'Makes an auth user an active agent (or admin), or updates who they are; returns their id.';
revoke all on function private.ensure_agent from public;
grant execute on function private.ensure_agent to service_role;
