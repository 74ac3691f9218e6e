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
begin
  update public.conversations
  set
    last_seq = conversations.last_seq + 1,
    message_count = conversations.message_count + 1,
    unread_count = conversations.unread_count + v_customer::integer,
    last_message = case
      when new.is_private then conversations.last_message
      else left(coalesce(nullif(new.content, ''), '[' || new.message_type || ']'), 280)
    end,
    last_message_at = new.created_at,
    updated_at = new.created_at,
    first_response_at = case
      when v_customer or new.is_private then conversations.first_response_at
      else coalesce(conversations.first_response_at, new.created_at)
    end,
    window_expires_at = case
      when v_customer and channels.service_window is not null
        then new.created_at + channels.service_window
      else conversations.window_expires_at
    end
  from public.channels
  where conversations.id = new.conversation_id and channels.id = conversations.channel_id
  returning conversations.last_seq, conversations.channel_type, conversations.channel_id
  into new.seq, new.channel_type, new.channel_id;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('conversation %s not found', new.conversation_id);
  end if;

  if not v_customer and new.external_message_id is null then
    new.delivery_status := case
      when new.is_private or new.channel_type = 'website' then 'sent' else 'queued'
    end;
  end if;
  return new;
end;
$$;

comment on function private.number_message is
'Trigger: gives a message its seq and its first delivery status, and counts it into its
conversation (I5, I6).';
revoke all on function private.number_message from public;

create trigger number_message before insert on public.messages
for each row execute function private.number_message();
