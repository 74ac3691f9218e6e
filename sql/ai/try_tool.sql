create or replace function private.try_tool(
  p_job private.reply_jobs,
  p_attempt integer,
  p_name text,
  p_arguments jsonb
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_tool public.ai_tools;
  v_reason text;
  v_result jsonb;
begin
  if not private.turn_is_held(p_job, p_job.worker, p_attempt) then
    return '{"outcome": "fenced"}';
  end if;

  select ai_tools.* into v_tool
  from public.ai_tools
  where ai_tools.name = p_name;
  v_reason := private.tool_refusal(p_job, p_attempt, v_tool);
  if v_reason is not null then
    return jsonb_build_object('outcome', 'refused', 'reason', v_reason);
  end if;

  begin
    select private.run_as_customer(conversations.customer_id, v_tool.function_name, p_arguments)
    into v_result
    from public.conversations
    where conversations.id = p_job.conversation_id;
  exception when others then
    return jsonb_build_object('outcome', 'failed', 'reason', sqlstate);
  end;
  if length(v_result::text) > 20000 then
    return '{"outcome": "failed", "reason": "too_long"}';
  end if;
  return jsonb_build_object('outcome', 'done', 'reason', null, 'result', v_result);
end;
$$;

comment on function private.try_tool is
'Runs a tool where it may run: {outcome, reason, result}; nothing that its function raises passes.';
revoke all on function private.try_tool from public;
grant execute on function private.try_tool to service_role;
