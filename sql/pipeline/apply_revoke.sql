create or replace function private.apply_revoke(p_message public.messages)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.messages
  set
    content = '',
    media_url = null,
    metadata = private.without_words(messages.metadata),
    deleted_at = clock_timestamp(),
    updated_at = clock_timestamp()
  where messages.id = p_message.id and messages.deleted_at is null;
  update public.conversations
  set last_message = format('[%s]', p_message.message_type)
  where conversations.id = p_message.conversation_id
    and conversations.last_seq = p_message.seq
    and p_message.content <> '';

  if p_message.metadata ? 'media' then
    delete from private.media_files where media_files.message_id = p_message.id;
    perform private.remove_files(
      array[format('%s/customer/%s-', p_message.conversation_id, p_message.id)]
    );
  end if;
  perform private.drop_empty_turn(p_message.conversation_id);
  perform private.redo_turn(p_message);
end;
$$;

comment on function private.apply_revoke is
'The customer took a message back: its words and media go, its place in the order stays. A
turn that asked nothing else is over.';
revoke all on function private.apply_revoke from public;
grant execute on function private.apply_revoke to service_role;
