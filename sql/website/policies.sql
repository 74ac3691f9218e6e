alter table public.visitor_sessions enable row level security;
alter table public.page_visits enable row level security;
alter table public.proactive_rules enable row level security;
alter table public.proactive_shows enable row level security;
alter table private.unread_chats enable row level security;

revoke all on table public.visitor_sessions from public, anon, authenticated, service_role;
revoke all on table public.page_visits from public, anon, authenticated, service_role;
revoke all on table public.proactive_rules from public, anon, authenticated, service_role;
revoke all on table public.proactive_shows from public, anon, authenticated, service_role;
revoke all on table private.unread_chats from public, anon, authenticated, service_role;

grant select on table public.visitor_sessions to authenticated;
grant select on table public.page_visits to authenticated;
grant select, insert, update, delete on table public.proactive_rules to authenticated;
grant select on table public.proactive_shows to authenticated;
grant select, insert, update, delete on table public.visitor_sessions to service_role;
grant select, insert, update, delete on table public.page_visits to service_role;
grant select, insert, update, delete on table public.proactive_rules to service_role;
grant select, insert, update, delete on table public.proactive_shows to service_role;
grant select, insert, update, delete on table private.unread_chats to service_role;

create policy "agents see sessions, visitors their own" on public.visitor_sessions
for select to authenticated using (
  (select private.is_agent()) or visitor_id = (select auth.uid())
);

create policy "agents see visits, visitors their own" on public.page_visits
for select to authenticated using (
  (select private.is_agent())
  or session_id in (
    select visitor_sessions.id
    from public.visitor_sessions
    where visitor_sessions.visitor_id = (select auth.uid())
  )
);

create policy "agents see proactive rules" on public.proactive_rules
for select to authenticated using ((select private.is_agent()));

create policy "admins add proactive rules" on public.proactive_rules
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change proactive rules" on public.proactive_rules
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove proactive rules" on public.proactive_rules
for delete to authenticated using ((select private.is_admin()));

create policy "agents see proactive shows" on public.proactive_shows
for select to authenticated using ((select private.is_agent()));

create view public.proactive_results with (security_invoker = true) as
select
  proactive_rules.id as rule_id,
  proactive_rules.name,
  count(proactive_shows.id) as shown,
  count(proactive_shows.answered_at) as answered
from public.proactive_rules
left join public.proactive_shows on proactive_rules.id = proactive_shows.rule_id
group by proactive_rules.id;

comment on view public.proactive_results is
'How often each proactive rule was shown and answered.';

create view public.visitors_online with (security_invoker = true) as
select
  visitor_sessions.id as session_id,
  visitor_sessions.visitor_id,
  customer_identities.customer_id,
  visitor_sessions.channel_id,
  visitor_sessions.visit_number,
  visitor_sessions.page_count,
  page_visits.url,
  page_visits.title,
  visitor_sessions.referrer,
  visitor_sessions.language,
  visitor_sessions.started_at,
  visitor_sessions.seen_at
from public.visitor_sessions
left join public.customer_identities
  on
    visitor_sessions.channel_id = customer_identities.channel_id
    and visitor_sessions.visitor_id::text = customer_identities.value
    and customer_identities.kind = 'visitor'
left join public.page_visits
  on
    visitor_sessions.id = page_visits.session_id
    and page_visits.id = (
      select newest.id
      from public.page_visits as newest
      where newest.session_id = visitor_sessions.id
      order by newest.visited_at desc
      limit 1
    )
where visitor_sessions.seen_at > now() - interval '2 minutes';

comment on view public.visitors_online is
'Who is on the website now, as agents see it; a visitor sees themselves (R41).';

revoke all on table public.proactive_results from public, anon, authenticated, service_role;
revoke all on table public.visitors_online from public, anon, authenticated, service_role;
grant select on table public.proactive_results to authenticated, service_role;
grant select on table public.visitors_online to authenticated, service_role;
