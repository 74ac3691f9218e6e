create or replace function private.blank_tool_calls(p_conversation_ids uuid[])
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  update public.ai_tool_calls
  set arguments = '{}'
  where ai_tool_calls.conversation_id = any (p_conversation_ids);
$$;

comment on function private.blank_tool_calls is
'Empties what the AI asked its tools in conversations of somebody who is erased (R82).';
revoke all on function private.blank_tool_calls from public;
grant execute on function private.blank_tool_calls to service_role;
