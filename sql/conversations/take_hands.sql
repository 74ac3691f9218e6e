create or replace function private.take_hands(p_conversation_id uuid, p_agent_id uuid)
returns boolean
language sql
volatile
security invoker
set search_path = ''
as $$
  with taken as (
    update public.conversations
    set
      ai_mode = 'human',
      epoch = conversations.epoch + 1,
      assigned_agent_id = coalesce(conversations.assigned_agent_id, p_agent_id),
      unread_count = 0
    where conversations.id = p_conversation_id and conversations.ai_mode = 'auto'
    returning conversations.id
  )

  select exists (select 1 from taken);
$$;

comment on function private.take_hands is
'Puts a conversation into human hands; a running AI turn is fenced by the new epoch (I7, I8).';
revoke all on function private.take_hands from public;
grant execute on function private.take_hands to authenticated, service_role;
