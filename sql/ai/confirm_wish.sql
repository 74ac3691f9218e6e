-- Counted for each customer, not for each conversation, and by mail within the answers of an hour:
-- two machines that unsubscribe from each other would not end, be it in turns with START or with a
-- new conversation for every mail. What was wished counts all the same.
create or replace function private.confirm_wish(
  p_message public.messages,
  p_conversation public.conversations
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_wish jsonb := private.wish_of(
    coalesce(nullif(p_message.content, ''), p_message.metadata ->> 'subject'),
    private.language_of(p_conversation)
  );
begin
  if v_wish is null
    or not private.is_worth_confirming(
      p_conversation.customer_id, p_conversation.channel_id, v_wish ->> 'wish'
    )
    or private.has_enough_answers(p_conversation)
    or v_wish ->> 'wish' = 'opt_in' and not private.had_opted_out(
      p_conversation.customer_id, p_conversation.channel_id, p_message.created_at
    )
  then
    return;
  end if;
  insert into public.messages (conversation_id, sender_type, content, metadata)
  values (
    p_conversation.id, 'system', v_wish ->> 'text',
    jsonb_build_object('event', v_wish ->> 'wish')
  );
end;
$$;

comment on function private.confirm_wish is
'Tells a customer whose conversation people have what became of their STOP or START, in its
language; START of somebody who had not said STOP may be about anything.';
revoke all on function private.confirm_wish from public;
grant execute on function private.confirm_wish to service_role;
