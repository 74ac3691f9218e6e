create or replace function private.keep_tool_timeout(
  p_job_id uuid,
  p_attempt integer,
  p_name text,
  p_arguments jsonb,
  p_latency_ms integer
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.keep_tool_call(
    reply_jobs, p_attempt, p_name, p_arguments,
    jsonb_build_object('outcome', 'timeout', 'latency_ms', p_latency_ms)
  )
  from private.reply_jobs
  where reply_jobs.id = p_job_id;
end;
$$;

comment on function private.keep_tool_timeout is
'Keeps a call of a tool that the worker cut by time: what the call itself wrote was rolled back.';
revoke all on function private.keep_tool_timeout from public;
grant execute on function private.keep_tool_timeout to service_role;
