create or replace function private.raise_alerts()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_rule public.alert_rules;
  v_value double precision;
  v_raised integer := 0;
begin
  for v_rule in
    select alert_rules.*
    from public.alert_rules
    where alert_rules.is_enabled and alert_rules.aggregate <> 'growth'
    order by alert_rules.name
  loop
    v_value := private.measure_rule(v_rule);
    if v_value > v_rule.threshold then
      v_raised := v_raised + private.raise_alert(
        'metric', v_rule.severity,
        format('%s: %s is %s, above %s', v_rule.name, v_rule.metric_name,
          round(v_value::numeric, 1), v_rule.threshold),
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

comment on function private.raise_alerts is
'Checks every enabled rule but those of growth (watch_ai): raises what is above its threshold,
resolves what no longer is.';
revoke all on function private.raise_alerts from public;
grant execute on function private.raise_alerts to service_role;

create trigger touch_alert_rules before update on public.alert_rules
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_alert_rules after insert or update or delete on public.alert_rules
for each row execute function private.audit_change();
