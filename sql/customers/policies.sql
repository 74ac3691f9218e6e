alter table public.customer_profiles enable row level security;
alter table public.customer_identities enable row level security;
alter table private.email_consents enable row level security;
alter table private.consent_words enable row level security;
alter table private.identity_moves enable row level security;

revoke all on table public.customer_profiles from public, anon, authenticated, service_role;
revoke all on table public.customer_identities from public, anon, authenticated, service_role;
revoke all on table private.email_consents from public, anon, authenticated, service_role;
revoke all on table private.consent_words from public, anon, authenticated, service_role;
revoke all on table private.identity_moves from public, anon, authenticated, service_role;

grant select on table public.customer_profiles to authenticated;
grant update (name, email, phone, language, attributes, is_blocked)
on table public.customer_profiles to authenticated;
grant select on table public.customer_identities to authenticated;
grant select, insert, update, delete on table public.customer_profiles to service_role;
grant select, insert, update, delete on table public.customer_identities to service_role;
grant select, insert, update, delete on table private.consent_words to service_role;
grant select, insert, update, delete on table private.identity_moves to service_role;
grant select, insert, update, delete on table private.email_consents to service_role;

create policy "agents see customers" on public.customer_profiles
for select to authenticated using ((select private.is_agent()));

create policy "agents change customers" on public.customer_profiles
for update to authenticated using ((select private.is_agent()))
with check ((select private.is_agent()));

create policy "agents see identities" on public.customer_identities
for select to authenticated using ((select private.is_agent()));
