create or replace function public.shadow_report(
  p_filter jsonb default '{}',
  p_limit integer default 200
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.check_backtest('{}', p_filter, p_limit);
  return private.sum_up_trials((
    select coalesce(jsonb_agg(to_jsonb(trials)), '[]')
    from private.shadow_trials(p_filter, p_limit) as trials
  ));
end;
$$;

comment on function public.shadow_report is
'What the AI would have answered where it ran in shadow, against what people answered: the figures
of a backtest (sum_up_trials) of the newest turns that fit a filter {channel, language, since,
until}. PT400, PT403.';
revoke all on function public.shadow_report from public, anon, authenticated, service_role;
grant execute on function public.shadow_report to authenticated, service_role;
