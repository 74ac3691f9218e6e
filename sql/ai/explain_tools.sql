create or replace function private.explain_tools(p_reply_job_id uuid, p_attempt integer)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'tool', ai_tool_calls.tool,
        'arguments', ai_tool_calls.arguments,
        'outcome', ai_tool_calls.outcome,
        'reason', ai_tool_calls.reason,
        'latency_ms', ai_tool_calls.latency_ms
      ) order by ai_tool_calls.created_at
    ), '[]')
    from public.ai_tool_calls
    where ai_tool_calls.reply_job_id = p_reply_job_id and ai_tool_calls.attempt = p_attempt
  );
end;
$$;

comment on function private.explain_tools is
'What a claim of a turn looked up, oldest first, as explain_answer shows it.';
revoke all on function private.explain_tools from public;
grant execute on function private.explain_tools to authenticated, service_role;
