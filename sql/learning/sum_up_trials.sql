create or replace function private.sum_up_trials(p_trials jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  with trials as materialized (
    select trial.*
    from jsonb_to_recordset(p_trials) as trial (
      outcome text, confidence double precision, is_answer boolean, verdict text,
      latency_ms double precision, cost_microusd bigint
    )
  ),

  answered as (
    select private.verdict_counts(array_agg(trials.verdict)) as counts
    from trials
    where trials.outcome = 'answered'
  )

  select jsonb_build_object(
    'turns', count(*),
    'answered', count(*) filter (where trials.outcome = 'answered'),
    'clarified', count(*) filter (where trials.outcome = 'clarified'),
    'handed_over', count(*) filter (where trials.outcome = 'handed_over'),
    'resolution', count(*) filter (where trials.outcome = 'answered')::double precision
      / nullif(count(*), 0),
    'cost_microusd', coalesce(sum(trials.cost_microusd), 0),
    'unpriced', count(*) filter (where trials.cost_microusd is null),
    'p50_ms', percentile_cont(0.5) within group (order by trials.latency_ms),
    'p95_ms', percentile_cont(0.95) within group (order by trials.latency_ms),
    'curve', private.precision_curve(p_trials)
  ) || (
    select coalesce(answered.counts, '{}')
    from answered
  )
  from trials;
$$;

comment on function private.sum_up_trials is
'What trials come to: {turns, answered, clarified, handed_over, resolution: the share answered,
right, wrong, unknown, wrong_share: of the answers that could be judged, cost_microusd, unpriced,
p50_ms, p95_ms, curve}.';
revoke all on function private.sum_up_trials from public;
grant execute on function private.sum_up_trials to authenticated, service_role;
