create or replace function private.measure_rule(p_rule public.alert_rules)
returns double precision
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when count(*) < p_rule.minimum_count then null
    when p_rule.aggregate = 'avg' then avg(realtime_metrics.metric_value)
    when p_rule.aggregate = 'max' then max(realtime_metrics.metric_value)
    when p_rule.aggregate = 'p95'
      then percentile_cont(0.95) within group (order by realtime_metrics.metric_value)
    else count(*)
  end
  from public.realtime_metrics
  where realtime_metrics.metric_name = p_rule.metric_name
    and realtime_metrics.timestamp > statement_timestamp() - p_rule.time_window;
$$;

comment on function private.measure_rule is
'The rule''s aggregate over its window, or null while there is too little to judge.';
revoke all on function private.measure_rule from public;
grant execute on function private.measure_rule to service_role;
