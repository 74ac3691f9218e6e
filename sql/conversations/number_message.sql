-- Security definer: an agent or visitor who may write a message need not own the counters.
-- The conversation's row lock makes seq gap-free and every later step of the transaction serial.
create or replace function private.number_message()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_customer boolean := new.sender_type = 'customer';
  v_quiet boolean := v_customer or new.is_private or new.metadata ->> 'event' ~ '^(proactive|opt_)';
  v_person boolean := new.sender_type = 'agent' and not new.is_private;
  v_turns boolean;
begin
  update public.conversations
  set
    last_seq = conversations.last_seq + 1,
    message_count = conversations.message_count + 1,
    unread_count = case when v_person then 0 else conversations.unread_count end
      + v_customer::integer,
    last_message = case when new.is_private then conversations.last_message
      else left(coalesce(nullif(new.content, ''), '[' || new.message_type || ']'), 280) end,
    last_message_at = new.created_at,
    updated_at = new.created_at,
    first_response_at = coalesce(
      conversations.first_response_at, case when v_quiet is not true then new.created_at end
    ),
    window_expires_at = case
      when v_customer then new.created_at + channels.service_window
      else conversations.window_expires_at
    end
  from public.channels
  where conversations.id = new.conversation_id and channels.id = conversations.channel_id
  returning
    conversations.last_seq, conversations.channel_type, conversations.channel_id,
    case when v_customer then conversations.status = 'resolved' and not new.metadata ? 'automatic'
      else v_person and conversations.ai_mode = 'auto' end
  into new.seq, new.channel_type, new.channel_id, v_turns;
  if not found then
    raise exception using
      errcode = 'PT404', message = format('conversation %s not found', new.conversation_id);
  end if;
  if v_turns then
    perform private.turn_to_speaker(new);
  end if;
  if not v_customer and new.external_message_id is null then
    new.delivery_status := private.first_status(new);
  end if;
  return new;
end;
$$;

comment on function private.number_message is
'Trigger: gives a message its seq and its first delivery status, counts it into its conversation
(I5, I6) and turns the conversation to whoever speaks.';
revoke all on function private.number_message from public;

create trigger number_message before insert on public.messages
for each row execute function private.number_message();
