create or replace function private.customer_view(p_message public.messages)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', p_message.id,
    'conversation_id', p_message.conversation_id,
    'seq', p_message.seq,
    'sender_type', p_message.sender_type,
    'sender_id', p_message.sender_id,
    'content', p_message.content,
    'message_type', p_message.message_type,
    'media_url', p_message.media_url,
    'media', p_message.metadata -> 'media',
    'delivery_status', p_message.delivery_status,
    'knowledge_sources', p_message.knowledge_sources,
    'choices', p_message.metadata -> 'choices',
    'reply_to_id', p_message.reply_to_id,
    'created_at', p_message.created_at,
    'edited_at', p_message.edited_at,
    'deleted_at', p_message.deleted_at
  );
end;
$$;

comment on function private.customer_view is
'What a customer is shown of a message; agents get the whole row on the inbox topic.';
revoke all on function private.customer_view from public;
grant execute on function private.customer_view to authenticated, service_role;
