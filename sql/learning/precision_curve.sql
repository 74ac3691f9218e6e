create or replace function private.precision_curve(p_trials jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  with trials as materialized (
    select trial.*
    from jsonb_to_recordset(p_trials) as trial (
      confidence double precision, is_answer boolean, verdict text
    )
  ),

  points as (
    select
      steps.step / 20.0 as threshold,
      count(trials.verdict) as answered,
      private.verdict_counts(array_agg(trials.verdict) filter (where trials.verdict is not null))
        as counts
    from generate_series(0, 19) as steps (step)
    left join trials on trials.is_answer and trials.confidence > steps.step / 20.0
    group by steps.step
  )

  select jsonb_agg(
    points.counts || jsonb_build_object(
      'threshold', points.threshold,
      'answered', points.answered,
      'coverage', points.answered::double precision
        / nullif(jsonb_array_length(p_trials), 0),
      'precision', 1 - (points.counts ->> 'wrong_share')::double precision
    )
    order by points.threshold
  )
  from points;
$$;

comment on function private.precision_curve is
'Precision against coverage by threshold: for each of twenty, how many turns would have been
answered ({threshold, answered, coverage: of all turns, right, wrong, unknown, wrong_share,
wrong_bound, precision: of those that could be judged}).';
revoke all on function private.precision_curve from public;
grant execute on function private.precision_curve to authenticated, service_role;
