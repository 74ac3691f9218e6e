-- A person who answers, here or on the platform, silences the AI (I8), whichever way the message
-- came in. A customer who writes after the end finds the conversation open, in the hands that the
-- end, or a person since, has left it in.
create or replace function private.turn_to_speaker(p_message public.messages)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  update public.conversations
  set
    epoch = conversations.epoch + 1,
    ai_mode = case p_message.sender_type when 'agent' then 'human' else conversations.ai_mode end,
    status = case p_message.sender_type when 'agent' then conversations.status else 'open' end,
    resolved_at = case p_message.sender_type when 'agent' then conversations.resolved_at end,
    handed_over_at = case p_message.sender_type when 'agent' then conversations.handed_over_at end,
    handed_over_reason = case p_message.sender_type
      when 'agent' then conversations.handed_over_reason
    end,
    assigned_agent_id = coalesce(
      conversations.assigned_agent_id,
      (
        select agents.id
        from public.agents
        where agents.id = p_message.sender_id and p_message.sender_type = 'agent'
      )
    )
  where conversations.id = p_message.conversation_id;
$$;

comment on function private.turn_to_speaker is
'Gives a conversation to the person who answers in it, or wakes it for the customer who writes
after its end; a running AI turn is fenced by the new epoch (I7, I8).';
revoke all on function private.turn_to_speaker from public;
grant execute on function private.turn_to_speaker to service_role;
