create or replace function private.report_model(p_model text, p_fault text)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_fault is not null then
    return private.raise_alert('model', 'critical', left(p_fault, 500), p_subject => p_model);
  end if;

  update public.alerts
  set resolved_at = clock_timestamp()
  where alerts.kind = 'model' and alerts.subject = p_model and alerts.resolved_at is null;
  return found;
end;
$$;

comment on function private.report_model is
'Alerts admins, once, that a language model cannot be used until somebody mends its settings; null
says that it answers again. True when that was news.';
revoke all on function private.report_model from public;
grant execute on function private.report_model to service_role;
