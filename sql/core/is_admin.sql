-- Security definer: policies on agents itself need it, a plain select would recurse.
create or replace function private.is_admin()
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select 1
    from public.agents
    where agents.id = (select auth.uid()) and agents.is_active and agents.role = 'admin'
  );
$$;

comment on function private.is_admin is 'Whether the caller is an active admin.';
revoke all on function private.is_admin from public;
grant execute on function private.is_admin to authenticated, service_role;
