alter table public.realtime_metrics enable row level security;
alter table public.alert_rules enable row level security;
alter table public.alerts enable row level security;
alter table public.csat_responses enable row level security;
alter table private.csat_links enable row level security;
alter table private.metric_hours enable row level security;

revoke all on table public.realtime_metrics from public, anon, authenticated, service_role;
revoke all on table public.alert_rules from public, anon, authenticated, service_role;
revoke all on table public.alerts from public, anon, authenticated, service_role;
revoke all on table public.csat_responses from public, anon, authenticated, service_role;
revoke all on table private.csat_links from public, anon, authenticated, service_role;
revoke all on table private.metric_hours from public, anon, authenticated, service_role;
revoke all on sequence public.realtime_metrics_id_seq
from public, anon, authenticated, service_role;

grant select on table public.realtime_metrics to authenticated;
grant select, insert, update, delete on table public.alert_rules to authenticated;
grant select on table public.alerts to authenticated;
grant update (resolved_at) on table public.alerts to authenticated;
grant select on table public.csat_responses to authenticated;
grant select on table private.metric_hours to authenticated;
grant select, insert, update, delete on table public.realtime_metrics to service_role;
grant select, insert, update, delete on table public.alert_rules to service_role;
grant select, insert, update, delete on table public.alerts to service_role;
grant select, insert, update, delete on table public.csat_responses to service_role;
grant select, insert, update, delete on table private.csat_links to service_role;
grant select, insert, update, delete on table private.metric_hours to service_role;

create policy "agents see metrics" on public.realtime_metrics
for select to authenticated using ((select private.is_agent()));

create policy "agents see summed up hours" on private.metric_hours
for select to authenticated using ((select private.is_agent()));

create policy "agents see alert rules" on public.alert_rules
for select to authenticated using ((select private.is_agent()));

create policy "admins add alert rules" on public.alert_rules
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change alert rules" on public.alert_rules
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove alert rules" on public.alert_rules
for delete to authenticated using ((select private.is_admin()));

create policy "agents see alerts" on public.alerts
for select to authenticated using ((select private.is_agent()));

create policy "agents resolve alerts" on public.alerts
for update to authenticated using ((select private.is_agent()))
with check ((select private.is_agent()));

create policy "agents see ratings" on public.csat_responses
for select to authenticated using ((select private.is_agent()));
