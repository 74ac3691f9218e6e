alter table public.channels enable row level security;
alter table public.website_settings enable row level security;
alter table public.office_settings enable row level security;
alter table public.office_hours enable row level security;
alter table public.office_closures enable row level security;
alter table private.website_secrets enable row level security;
alter table private.channel_events enable row level security;
alter table private.channel_secrets enable row level security;

revoke all on table private.channel_secrets from public, anon, authenticated, service_role;
revoke all on table private.channel_events from public, anon, authenticated, service_role;
revoke all on table public.channels from public, anon, authenticated, service_role;
revoke all on table public.website_settings from public, anon, authenticated, service_role;
revoke all on table public.office_settings from public, anon, authenticated, service_role;
revoke all on table public.office_hours from public, anon, authenticated, service_role;
revoke all on table public.office_closures from public, anon, authenticated, service_role;
revoke all on table private.website_secrets from public, anon, authenticated, service_role;

grant select on table public.channels to authenticated;
grant update (
  name, is_enabled, fallback_channel_id, fallback_after, expected_silence, allowed_addresses,
  rate_per_minute
) on table public.channels to authenticated;
grant select on table private.channel_events to authenticated;
grant select, insert, update, delete on table private.channel_events to service_role;
grant select, insert, update, delete on table private.channel_secrets to service_role;
grant select, insert, update, delete on table public.channels to service_role;
grant select on table public.website_settings to authenticated;
grant update (
  name, greeting, theme, allowed_origins, requires_identity, asks_consent, keep_visits,
  max_upload_bytes, allowed_mime_types
) on table public.website_settings to authenticated;
grant select, insert, update, delete on table public.office_settings to authenticated;
grant select, insert, update, delete on table public.office_hours to authenticated;
grant select, insert, update, delete on table public.office_closures to authenticated;
grant select, insert, update, delete on table public.website_settings to service_role;
grant select, insert, update, delete on table public.office_settings to service_role;
grant select, insert, update, delete on table public.office_hours to service_role;
grant select, insert, update, delete on table public.office_closures to service_role;
grant select, insert, update, delete on table private.website_secrets to service_role;

create policy "agents see channels" on public.channels
for select to authenticated using ((select private.is_agent()));

create policy "agents see channel events" on private.channel_events
for select to authenticated using ((select private.is_agent()));

create policy "admins change channels" on public.channels
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "agents see website settings" on public.website_settings
for select to authenticated using ((select private.is_agent()));

create policy "admins change website settings" on public.website_settings
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "agents see office settings" on public.office_settings
for select to authenticated using ((select private.is_agent()));

create policy "admins add office settings" on public.office_settings
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change office settings" on public.office_settings
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove office settings" on public.office_settings
for delete to authenticated using ((select private.is_admin()));

create policy "agents see office hours" on public.office_hours
for select to authenticated using ((select private.is_agent()));

create policy "admins add office hours" on public.office_hours
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change office hours" on public.office_hours
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove office hours" on public.office_hours
for delete to authenticated using ((select private.is_admin()));

create policy "agents see office closures" on public.office_closures
for select to authenticated using ((select private.is_agent()));

create policy "admins add office closures" on public.office_closures
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change office closures" on public.office_closures
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove office closures" on public.office_closures
for delete to authenticated using ((select private.is_admin()));
alter table public.message_templates enable row level security;

revoke all on table public.message_templates from public, anon, authenticated, service_role;
grant select on table public.message_templates to authenticated;
grant select, insert, update, delete on table public.message_templates to service_role;

create policy "agents see templates" on public.message_templates
for select to authenticated using ((select private.is_agent()));
