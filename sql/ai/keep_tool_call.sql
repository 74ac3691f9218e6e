create or replace function private.keep_tool_call(
  p_job private.reply_jobs,
  p_attempt integer,
  p_name text,
  p_arguments jsonb,
  p_call jsonb
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into public.ai_tool_calls (
    reply_job_id, conversation_id, attempt, tool, arguments, outcome, reason, latency_ms
  )
  values (
    p_job.id, p_job.conversation_id, p_attempt, left(p_name, 63),
    case when length(p_arguments::text) <= 4000 then coalesce(p_arguments, '{}') else '{}' end,
    p_call ->> 'outcome', p_call ->> 'reason', (p_call -> 'latency_ms')::integer
  );
  return p_call;
end;
$$;

comment on function private.keep_tool_call is
'Keeps a call of a tool without what it gave, which the run keeps, and gives it back.';
revoke all on function private.keep_tool_call from public;
grant execute on function private.keep_tool_call to service_role;
