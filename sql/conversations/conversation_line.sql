-- Listed by hand: it goes out with every message, the whole row made each broadcast so large that
-- Postgres had to compress it, and a line needs neither phone number nor e-mail address.
create or replace function private.conversation_line(p_conversation public.conversations)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', p_conversation.id,
    'customer_id', p_conversation.customer_id,
    'customer_name', p_conversation.customer_name,
    'channel_type', p_conversation.channel_type,
    'channel_id', p_conversation.channel_id,
    'status', p_conversation.status,
    'priority', p_conversation.priority,
    'tags', p_conversation.tags,
    'assigned_agent_id', p_conversation.assigned_agent_id,
    'ai_mode', p_conversation.ai_mode,
    'ai_confidence', p_conversation.ai_confidence,
    'handed_over_reason', p_conversation.handed_over_reason,
    'language', p_conversation.language,
    'last_message', p_conversation.last_message,
    'last_message_at', p_conversation.last_message_at,
    'message_count', p_conversation.message_count,
    'unread_count', p_conversation.unread_count,
    'last_seq', p_conversation.last_seq,
    'window_expires_at', p_conversation.window_expires_at
  );
end;
$$;

comment on function private.conversation_line is
'A conversation as a line of the inbox, as Realtime carries it.';
revoke all on function private.conversation_line from public;
grant execute on function private.conversation_line to service_role;
