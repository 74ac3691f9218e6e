create or replace function private.continue_chat(p_conversation_id uuid)
returns timestamptz
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_mailbox_id uuid;
  v_email text;
  v_answers public.messages[];
  v_due_at timestamptz;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_conversation_id;
  v_mailbox_id := private.mail_channel_of(v_conversation.channel_id);
  v_email := private.consented_email(v_conversation.customer_id);
  v_answers := array(
    select answers
    from private.unread_answers(p_conversation_id) as answers
  );
  if v_mailbox_id is null or v_email is null or v_answers = '{}' then
    return null;
  end if;

  v_due_at := private.mail_is_due(v_conversation, v_answers[cardinality(v_answers)], v_email);
  if v_due_at > clock_timestamp() then
    return v_due_at;
  end if;

  insert into private.deliveries (
    message_id, conversation_id, channel_id, channel_type, address, content
  )
  values (
    v_answers[least(cardinality(v_answers), 10)].id, p_conversation_id, v_mailbox_id, 'email',
    v_email, private.continuity_text(v_answers[1:10], v_conversation.language)
  )
  on conflict (message_id, channel_id) do nothing;
  perform private.ring_deliveries();
  return case
    when cardinality(v_answers) > 10 then clock_timestamp() + interval '15 minutes'
  end;
end;
$$;

comment on function private.continue_chat is
'Sends by e-mail what a visitor who has left has not read, if it is time; returns when to look
again, or null when there is nothing left to do.';
revoke all on function private.continue_chat from public;
grant execute on function private.continue_chat to service_role;
