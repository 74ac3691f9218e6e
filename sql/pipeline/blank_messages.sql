create or replace function private.blank_messages(p_conversation_ids uuid[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update public.conversations
  set
    customer_name = null, user_name = null, user_email = null, customer_phone = null,
    last_message = null, tags = '{}', intent = null, sentiment = null,
    handed_over_reason = null, subject = null, thread = conversations.id::text,
    status = 'resolved', resolved_at = clock_timestamp()
  where conversations.id = any (p_conversation_ids);

  update public.messages
  set
    content = '', media_url = null, metadata = '{}', external_message_id = null,
    intent_detected = null, knowledge_sources = '[]',
    deleted_at = coalesce(messages.deleted_at, clock_timestamp())
  where messages.conversation_id = any (p_conversation_ids);
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.blank_messages is
'Takes the words out of conversations and keeps their shape; returns how many messages.';
revoke all on function private.blank_messages from public;
grant execute on function private.blank_messages to service_role;
