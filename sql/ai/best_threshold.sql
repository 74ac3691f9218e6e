-- Answers that were sent all lie above the gate of then, and their labels say nothing of what lies
-- lower: a threshold has labels right above it, and the nearest of them keep the share as well. The
-- shares of the hundred that there may be rise and fall together: the lowest one that holds breaks
-- the promise no more often than one time in twenty. Labels that prove nothing yet, for or against,
-- leave the gate as it is set: bad luck with the first sixty must not silence the AI. Nor does a
-- gate that was taught rise for want of labels right above it, while those above it keep the share.
create or replace function private.best_threshold(
  p_channel_type text,
  p_language text,
  p_answerer text,
  p_max_wrong_rate double precision,
  p_sources text[]
)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with counted as materialized (
    select
      shares.*, private.wrong_bound(shares.wrong, shares.answers) as bound,
      shares.answers >= needed.labels as is_enough, taught.gate as taught,
      shares.threshold = min(shares.threshold) filter (
        where shares.threshold > taught.gate::numeric - 0.01
      ) over () as is_taught
    from private.labels_needed(p_max_wrong_rate) as needed (labels)
    cross join private.taught_gate(p_answerer, p_max_wrong_rate) as taught (gate)
    cross join lateral private.shares_above(
      p_channel_type, p_language, p_answerer, p_sources, needed.labels
    ) as shares
  ),

  best as (
    select counted.*
    from counted
    where counted.is_enough and counted.bound <= p_max_wrong_rate and counted.threshold >= 0
      and (counted.near >= 5 or counted.is_taught)
      and counted.nearest_wrong <= p_max_wrong_rate * private.labels_needed(p_max_wrong_rate)
    order by counted.threshold limit 1
  )

  select jsonb_build_object(
    'labels', (select coalesce(max(counted.answers), 0) from counted),
    'threshold', coalesce(max(case when best.is_taught then best.taught else best.threshold end), (
      select 1 from counted where counted.is_enough
      having bool_and(counted.wrong > p_max_wrong_rate * counted.answers)
    )),
    'answers', coalesce(max(best.answers), 0),
    'wrong', coalesce(max(best.wrong), 0),
    'bound', max(best.bound)
  )
  from best;
$$;

comment on function private.best_threshold is
'The lowest hundredth, right below labelled answers of an answerer, above which, with 95 %
confidence, no more than this share of them is wrong: {threshold, labels, answers, wrong, bound}. At
least five labels lie within 0.05 of it, and of the nearest, as many as are needed for a threshold,
no more than the share is wrong; or the gate that was taught, where all labels above it keep the
share and the nearest do. 1 (nothing is answered) where more are seen wrong above every hundredth;
null while the labels prove neither: more of them will tell.';
revoke all on function private.best_threshold from public;
grant execute on function private.best_threshold to authenticated, service_role;
