create or replace function private.run_tool(
  p_job_id uuid,
  p_attempt integer,
  p_name text,
  p_arguments jsonb default '{}'
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
  v_call jsonb;
  v_started timestamptz := clock_timestamp();
begin
  select reply_jobs.* into v_job
  from private.reply_jobs
  where reply_jobs.id = p_job_id;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('reply job %s not found', p_job_id);
  end if;

  v_call := private.try_tool(v_job, p_attempt, p_name, p_arguments);
  return private.keep_tool_call(
    v_job, p_attempt, p_name, p_arguments, v_call || jsonb_build_object(
      'latency_ms', round(private.milliseconds(clock_timestamp() - v_started))
    )
  );
end;
$$;

comment on function private.run_tool is
'What a tool gives for the customer of a turn that this claim still holds: {outcome: done|refused|
failed|fenced, reason, result, latency_ms}. Every call is kept. PT404.';
revoke all on function private.run_tool from public;
grant execute on function private.run_tool to service_role;

create trigger touch_ai_tools before update on public.ai_tools
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_ai_tools after insert or update or delete on public.ai_tools
for each row execute function private.audit_change();
