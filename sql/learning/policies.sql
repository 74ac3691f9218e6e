alter table public.ai_backtests enable row level security;
alter table public.ai_backtest_items enable row level security;
alter table public.ai_drafts enable row level security;
alter table private.ai_watch enable row level security;

revoke all on table public.ai_drafts from public, anon, authenticated, service_role;
revoke all on table private.ai_watch from public, anon, authenticated, service_role;
revoke all on table public.ai_backtests from public, anon, authenticated, service_role;
revoke all on table public.ai_backtest_items from public, anon, authenticated, service_role;

grant select, insert, update, delete on table private.ai_watch to service_role;
grant select on table public.ai_drafts to authenticated;
grant select, insert, update, delete on table public.ai_drafts to service_role;
grant select on table public.ai_backtests to authenticated;
grant select on table public.ai_backtest_items to authenticated;
grant select, insert, update, delete on table public.ai_backtests to service_role;
grant select, insert, update, delete on table public.ai_backtest_items to service_role;

create policy "agents see backtests" on public.ai_backtests
for select to authenticated using ((select private.is_agent()));

create policy "agents see what was tried" on public.ai_backtest_items
for select to authenticated using ((select private.is_agent()));

create policy "agents see drafts" on public.ai_drafts
for select to authenticated using ((select private.is_agent()));
