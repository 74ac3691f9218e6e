create or replace function private.growth_of(p_rule public.alert_rules)
returns double precision
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_since timestamptz := statement_timestamp() - p_rule.time_window;
  v_now double precision := private.measure_ai(
    p_rule.metric_name, v_since, 'infinity', p_rule.minimum_count
  );
  v_least double precision := case when p_rule.metric_name like '%\_share' then 0.01 else 1 end;
begin
  if v_now is null then
    return null;
  end if;
  return (v_now + v_least) / (
    v_least + private.measure_ai(
      p_rule.metric_name, v_since - interval '7 days', v_since, p_rule.minimum_count
    )
  );
end;
$$;

comment on function private.growth_of is
'How many times what it was in the week before a figure is in the rule''s window; a hundredth is
added to both shares, so that a first fault in a week without one is no alarm but many are.';
revoke all on function private.growth_of from public;
grant execute on function private.growth_of to service_role;
