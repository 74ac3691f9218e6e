-- A process counts for a minute after it was last heard: while workers restart, or one is frozen,
-- nothing is said about models. Where no worker was heard at all, nobody knows which there are.
create or replace function private.close_model_alerts()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_models jsonb;
  v_count integer;
begin
  select jsonb_agg(processes.state -> 'models') into v_models
  from private.processes
  where processes.kind = 'worker'
    and processes.seen_at > clock_timestamp() - interval '1 minute'
    and processes.state ? 'models';

  update public.alerts
  set resolved_at = clock_timestamp()
  where alerts.kind = 'model'
    and alerts.resolved_at is null
    and not v_models @> jsonb_build_array(jsonb_build_array(alerts.subject));
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.close_model_alerts is
'Closes what was alerted about language models that no worker is set to ask any more, as after their
name in the settings was mended; returns how many.';
revoke all on function private.close_model_alerts from public;
grant execute on function private.close_model_alerts to service_role;
