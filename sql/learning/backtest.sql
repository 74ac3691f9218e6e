create or replace function public.backtest(
  p_candidate jsonb default '{}',
  p_filter jsonb default '{}',
  p_limit integer default 200
)
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.start_backtest(p_candidate, p_filter, p_limit);
$$;

comment on function public.backtest is
'Tries other settings on the newest turns of the past that fit a filter, and sends nothing (U6).
candidate: {model: a name or embedded, threshold, max_wrong_rate, instructions, tone, guardrails,
articles: now|then}; filter: {channel, language, since: 90 days ago, until}. A worker does it beside
its work: get_backtest tells how far it is and what came of it. Returns {id, turns}. For admins,
since models cost money. PT400, PT403.';
revoke all on function public.backtest from public, anon, authenticated, service_role;
grant execute on function public.backtest to authenticated, service_role;
