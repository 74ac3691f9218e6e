alter table public.channels enable row level security;

revoke all on table public.channels from public, anon, authenticated, service_role;
grant select on table public.channels to authenticated;
grant update (name, is_enabled, fallback_channel_id) on table public.channels to authenticated;
grant select, insert, update, delete on table public.channels to service_role;

create policy "agents see channels" on public.channels
for select to authenticated using ((select private.is_agent()));

create policy "admins change channels" on public.channels
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));
