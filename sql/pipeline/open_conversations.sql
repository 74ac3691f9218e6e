-- A customer's first message makes them; all others bring their conversation with them. Names that
-- are new are locked in one order, so that two batches with the same strangers cannot deadlock.
create or replace function private.open_conversations(p_messages private.inbound_message[])
returns private.inbound_message[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message private.inbound_message;
begin
  if not exists (
    select 1
    from unnest(p_messages) as messages
    where messages.conversation_id is null or messages.has_new_names
  ) then
    return p_messages;
  end if;

  perform private.lock_strangers(p_messages);
  for v_place in 1 .. cardinality(p_messages) loop
    v_message := p_messages[v_place];
    if v_message.item ->> 'thread' is not null then
      p_messages[v_place] := private.place_mail(v_message);
    elsif v_message.conversation_id is null then
      continue when v_message.item -> 'may_open' = 'false';
      v_message.customer_id := private.upsert_customer(
        v_message.channel_id, v_message.item -> 'identities',
        left(v_message.item ->> 'customer_name', 200), v_message.item ->> 'language'
      );
      v_message.conversation_id := private.open_conversation(
        v_message.customer_id, v_message.channel_id, v_message.item ->> 'language'
      );
      p_messages[v_place] := v_message;
    elsif v_message.has_new_names then
      perform private.add_identities(
        v_message.customer_id, v_message.channel_id, v_message.item -> 'identities'
      );
    end if;
  end loop;
  return p_messages;
end;
$$;

comment on function private.open_conversations is
'Completes messages with their customer and conversation, making both for a new customer. What may
not open a conversation and belongs to none stays without.';
revoke all on function private.open_conversations from public;
grant execute on function private.open_conversations to service_role;
