create or replace function private.watch_ai()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_rule public.alert_rules;
  v_growth double precision;
  v_raised integer := 0;
begin
  for v_rule in
    select alert_rules.*
    from public.alert_rules
    where alert_rules.is_enabled and alert_rules.aggregate = 'growth'
    order by alert_rules.name
  loop
    v_growth := private.growth_of(v_rule);
    if v_growth > v_rule.threshold then
      v_raised := v_raised + private.raise_alert(
        'ai', v_rule.severity,
        format('%s: %s is %s times what it was in the week before', v_rule.name,
          v_rule.metric_name, round(v_growth::numeric, 1)),
        v_rule.id
      )::integer;
    else
      update public.alerts
      set resolved_at = clock_timestamp()
      where alerts.rule_id = v_rule.id and alerts.resolved_at is null;
    end if;
  end loop;
  return v_raised;
end;
$$;

comment on function private.watch_ai is
'Checks the rules of growth: alerts when the AI does worse than in the week before, and resolves
that when it no longer does. Returns how many alerts are new.';
revoke all on function private.watch_ai from public;
grant execute on function private.watch_ai to service_role;
