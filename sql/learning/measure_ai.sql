create or replace function private.measure_ai(
  p_metric text,
  p_since timestamptz,
  p_until timestamptz,
  p_minimum integer
)
returns double precision
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_metric = 'ai_model_error_share' then
    return private.model_error_share(p_since, p_until, p_minimum);
  elsif p_metric = 'ai_unresolved_share' then
    return private.unresolved_share(p_since, p_until, p_minimum);
  end if;

  return (
    select case
      when coalesce(sum(cases.turns), 0) < greatest(p_minimum, 1) then null
      when p_metric = 'ai_hand_over_share' then sum(cases.handed_over) / sum(cases.turns)
      when p_metric = 'ai_p95_ms'
        then private.percentile_of(array_agg(to_jsonb(cases.slowest_ms)), 0.95)
    end
    from private.ai_cases(p_since, p_until) as cases
  );
end;
$$;

comment on function private.measure_ai is
'A figure of the AI between two moments: ai_hand_over_share of turns, ai_unresolved_share of
conversations, ai_model_error_share of calls, ai_p95_ms of turns; null where there were fewer than
p_minimum of them, or it is another figure.';
revoke all on function private.measure_ai from public;
grant execute on function private.measure_ai to service_role;
