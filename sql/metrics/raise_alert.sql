create or replace function private.raise_alert(
  p_kind text,
  p_severity text,
  p_message text,
  p_rule_id uuid default null,
  p_channel_id uuid default null,
  p_subject text default null
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_alert public.alerts;
begin
  insert into public.alerts (kind, severity, message, rule_id, channel_id, subject)
  values (p_kind, p_severity, p_message, p_rule_id, p_channel_id, p_subject)
  on conflict (kind, rule_id, channel_id, subject) where resolved_at is null do nothing
  returning * into v_alert;

  if v_alert.id is null then
    return false;
  end if;

  perform private.broadcast(
    array['inbox'], array['alert'],
    array[jsonb_build_object('id', v_alert.id, 'alert', to_jsonb(v_alert))]
  );
  return true;
end;
$$;

comment on function private.raise_alert is
'Raises an alert and rings the inbox, unless the same cause is alerted already; true when new.';
revoke all on function private.raise_alert from public;
grant execute on function private.raise_alert to service_role;
