create or replace function private.questions_in(p_messages public.messages[])
returns table (
  conversation_id uuid,
  epoch integer,
  first_message_id uuid,
  first_seq integer,
  last_seq integer,
  asked_at timestamptz,
  is_shadow boolean
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    conversations.id,
    conversations.epoch,
    (array_agg(messages.id order by messages.seq))[1],
    min(messages.seq),
    max(messages.seq),
    min(messages.created_at),
    conversations.ai_mode = 'human'
  from unnest(p_messages) as messages
  join public.conversations on conversations.id = messages.conversation_id
  where messages.sender_type = 'customer'
    and messages.calls_for_answer
    and (
      conversations.ai_mode = 'auto'
      or conversations.handed_over_reason = 'shadow'
      and private.ai_setting(
        conversations.channel_type, private.language_of(conversations)
      ) ->> 'mode' = 'shadow'
    )
  group by conversations.id
  order by conversations.id;
end;
$$;

comment on function private.questions_in is
'What the AI is asked among these messages: a line for each conversation that it owns,
or follows in shadow.';
revoke all on function private.questions_in from public;
grant execute on function private.questions_in to service_role;
