create or replace function private.tell_of_budget(
  p_kind text,
  p_severity text,
  p_is_so boolean,
  p_message text
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_is_so then
    return private.raise_alert(p_kind, p_severity, p_message);
  end if;
  update public.alerts
  set resolved_at = clock_timestamp()
  where alerts.kind = p_kind and alerts.resolved_at is null;
  return found;
end;
$$;

comment on function private.tell_of_budget is
'Raises an alert about the budget while it is so, and resolves it when it no longer is.';
revoke all on function private.tell_of_budget from public;
grant execute on function private.tell_of_budget to service_role;

create trigger touch_ai_budget before update on public.ai_budget
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_ai_budget after insert or update or delete on public.ai_budget
for each row execute function private.audit_change();
