create or replace function private.answer_of_agent(p_conversation_id uuid, p_after timestamptz)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  with first as (
    select min(messages.seq) as seq
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.sender_type = 'agent'
      and not messages.is_private
      and messages.deleted_at is null
      and messages.created_at > p_after
  )

  select nullif(string_agg(messages.content, E'\n' order by messages.seq), '')
  from first
  join public.messages
    on messages.conversation_id = p_conversation_id
    and messages.seq >= first.seq
    and messages.sender_type = 'agent'
    and not messages.is_private
    and messages.deleted_at is null
  where messages.seq < coalesce((
    select min(replies.seq)
    from public.messages as replies
    where replies.conversation_id = p_conversation_id
      and replies.seq > first.seq
      and replies.sender_type = 'customer'
  ), messages.seq + 1);
$$;

comment on function private.answer_of_agent is
'What agents said first after that moment, up to the customer''s next message; null if nothing.';
revoke all on function private.answer_of_agent from public;
grant execute on function private.answer_of_agent to service_role;
