alter table public.agents enable row level security;
alter table public.audit_log enable row level security;
alter table private.processes enable row level security;
alter table private.paces enable row level security;

revoke all on table public.agents from public, anon, authenticated, service_role;
revoke all on table public.audit_log from public, anon, authenticated, service_role;
revoke all on table private.processes from public, anon, authenticated, service_role;
revoke all on table private.paces from public, anon, authenticated, service_role;

revoke all on sequence public.audit_log_id_seq from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.agents to authenticated;
grant select, insert, update, delete on table public.agents to service_role;
grant select on table public.audit_log to authenticated;
grant select, insert on table public.audit_log to service_role;
grant select, insert, update, delete on table private.processes to service_role;
grant select, insert, update, delete on table private.paces to service_role;

create policy "agents see agents" on public.agents
for select to authenticated using ((select private.is_agent()));

create policy "admins add agents" on public.agents
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change agents" on public.agents
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove agents" on public.agents
for delete to authenticated using ((select private.is_admin()));

create policy "admins read the audit log" on public.audit_log
for select to authenticated using ((select private.is_admin()));
