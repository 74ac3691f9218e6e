-- Security definer: customers write only through here, where the sender and the limits are ours.
create or replace function private.add_customer_message(
  p_conversation_id uuid,
  p_content text,
  p_message_id uuid default null
)
returns public.messages
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_message_id uuid := coalesce(p_message_id, gen_random_uuid());
  v_message public.messages;
begin
  perform private.lock_conversation(p_conversation_id);
  perform private.check_turn(p_conversation_id, null);
  perform private.require_newest(p_conversation_id);

  insert into public.messages (
    id, conversation_id, sender_type, sender_id, content, calls_for_answer
  )
  select v_message_id, conversations.id, 'customer', conversations.customer_id, p_content, true
  from public.conversations
  where conversations.id = p_conversation_id;

  select messages.* into v_message
  from public.messages
  where messages.id = v_message_id;
  return v_message;
end;
$$;

comment on function private.add_customer_message is
'Adds what a customer says; visitors only in their own conversation (PT404), not too fast
(PT429); nobody in one that has ended and has a successor (PT409).';
revoke all on function private.add_customer_message from public;
grant execute on function private.add_customer_message to authenticated, service_role;
