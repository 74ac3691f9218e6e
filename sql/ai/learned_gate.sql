create or replace function private.learned_gate(
  p_fit text,
  p_max_wrong_rate double precision
)
returns table (
  gate double precision,
  labels integer,
  bias double precision,
  slope double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_known record;
  v_gate double precision;
begin
  select recalibration.* into v_known from private.recalibration(p_fit);
  if v_known.labels >= private.labels_needed(p_max_wrong_rate) then
    with expected as (
      select
        guesses.confidence,
        guesses.log_odds,
        avg(1 / (1 + exp(least(30, v_known.bias + v_known.slope * guesses.log_odds - 0.7 * sqrt(
          v_known.bias_variance + 2 * v_known.covariance * guesses.log_odds
          + v_known.slope_variance * guesses.log_odds ^ 2
        ))))) over (order by guesses.confidence desc) as wrong_share
      from private.recent_guesses(p_fit) as guesses
    )

    select greatest(0.7, least(0.99, coalesce(min(expected.confidence) - 0.0001, 1))) into v_gate
    from expected
    where expected.wrong_share <= p_max_wrong_rate
      and expected.log_odds >= (
        select judged.log_odds
        from private.judged_guesses(p_fit) as judged
        order by judged.log_odds
        offset 4
        limit 1
      );
  end if;

  return query select v_gate, v_known.labels, v_known.bias, v_known.slope;
end;
$$;

comment on function private.learned_gate is
'The confidence above which no more than this share of a fit''s answers is expected to be wrong, as
labels correct it; doubt counts against it (0.7 standard errors). Null while there are too few
labels, and no lower than five of them: what a fit was right about when it was sure says little of
when it is not. Between 0.7 and 0.99: picks alone can neither silence the AI nor let everything
out.';
revoke all on function private.learned_gate from public;
grant execute on function private.learned_gate to service_role;
