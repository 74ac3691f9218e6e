create or replace function private.unanswered_messages(p_conversation_id uuid)
returns public.messages[]
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(array_agg(messages order by messages.seq), '{}')
  from public.messages
  where messages.conversation_id = p_conversation_id
    and messages.sender_type = 'customer'
    and messages.calls_for_answer
    and messages.deleted_at is null
    and messages.seq > coalesce((
      select max(answers.seq)
      from public.messages as answers
      where answers.conversation_id = p_conversation_id
        and (
          answers.sender_type in ('ai', 'agent') and not answers.is_private
          or answers.sender_type = 'system' and answers.metadata ->> 'event' = 'resolved'
        )
    ), 0);
$$;

comment on function private.unanswered_messages is
'What the customer said since the last answer or resolution and what calls for an answer, oldest
first. That people will answer, as a hand-over says, is no answer.';
revoke all on function private.unanswered_messages from public;
grant execute on function private.unanswered_messages to service_role;
