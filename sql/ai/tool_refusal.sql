create or replace function private.tool_refusal(
  p_job private.reply_jobs,
  p_attempt integer,
  p_tool public.ai_tools
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_tool.id is null then 'unknown_tool'
    when not p_tool.is_enabled then 'disabled'
    when to_regprocedure(p_tool.function_name || '(jsonb)') is null then 'no_function'
    when not has_function_privilege(
      'ai_reader', to_regprocedure(p_tool.function_name || '(jsonb)'), 'execute'
    ) then 'not_granted'
    when (
      select count(*) >= 8
      from public.ai_tool_calls
      where ai_tool_calls.reply_job_id = p_job.id and ai_tool_calls.attempt = p_attempt
    ) then 'too_many'
    when p_tool.requires_identity and not private.turn_is_verified(p_job) then 'not_verified'
  end;
end;
$$;

comment on function private.tool_refusal is
'Why a tool may not run in a turn, null where it may: unknown_tool, disabled, no_function,
not_granted, too_many (eight in a claim), not_verified.';
revoke all on function private.tool_refusal from public;
grant execute on function private.tool_refusal to service_role;
