create or replace function private.conversation_then(p_item public.ai_backtest_items)
returns public.conversations
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_item.conversation_id;

  v_conversation.context_seq := coalesce((
    select max(messages.seq)
    from public.messages
    where messages.conversation_id = p_item.conversation_id
      and messages.seq < p_item.first_seq
      and messages.sender_type = 'system'
      and (
        messages.metadata ->> 'event' in ('given_back', 'resolved', 'handed_over')
        or not messages.is_private
        and coalesce(messages.metadata ->> 'event', '') not in ('opt_out', 'opt_in')
      )
  ), 0);
  return v_conversation;
end;
$$;

comment on function private.conversation_then is
'The conversation of a past turn with its context as it was: the AI read what came after the last
hand-over or resolution; a confirmation of STOP or START cuts nothing. Language and tags are those
of today: nobody keeps what they were.';
revoke all on function private.conversation_then from public;
grant execute on function private.conversation_then to service_role;
