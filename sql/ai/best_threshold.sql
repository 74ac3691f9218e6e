-- The hundred thresholds looked at are the same for all labels, and their shares rise and fall
-- together: the lowest one that holds breaks the promise no more often than one time in twenty.
create or replace function private.best_threshold(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision,
  p_sources text[]
)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with judged as materialized (
    select labelled.confidence, labelled.is_wrong
    from private.labelled_runs(p_channel_type, p_language, p_sources) as labelled
  ),

  counted as materialized (
    select
      steps.step / 100.0 as threshold,
      count(judged.confidence) as answers,
      count(judged.confidence) filter (where judged.is_wrong) as wrong
    from generate_series(0, 99) as steps (step)
    left join judged on judged.confidence > steps.step / 100.0
    group by steps.step
  ),

  best as (
    select counted.*, private.wrong_bound(counted.wrong, counted.answers) as bound
    from counted
    where private.wrong_bound(counted.wrong, counted.answers) <= p_max_wrong_rate
      and counted.answers >= private.labels_needed(p_max_wrong_rate)
    order by counted.threshold
    limit 1
  )

  select jsonb_build_object(
    'labels', (select count(*) from judged),
    'threshold', coalesce(max(best.threshold), 1),
    'answers', coalesce(max(best.answers), 0),
    'wrong', coalesce(max(best.wrong), 0),
    'bound', max(best.bound),
    'is_undecided', count(*) = 0 and exists (
      select from counted
      where counted.wrong <= p_max_wrong_rate * counted.answers
        and counted.answers >= private.labels_needed(p_max_wrong_rate)
    )
  )
  from best;
$$;

comment on function private.best_threshold is
'The lowest of a hundred thresholds above which, with 95 % confidence, no more than this share of
answers is wrong, or 1 (nothing is answered): {threshold, labels, answers, wrong, bound,
is_undecided: none is proven, but the share that was seen is small enough: more labels will tell}.';
revoke all on function private.best_threshold from public;
grant execute on function private.best_threshold to authenticated, service_role;
