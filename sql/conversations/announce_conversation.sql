-- Security definer: an agent who changes a conversation need not be allowed to broadcast.
create or replace function private.announce_conversation()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.broadcast(
    array['inbox', 'conversation:' || new.id],
    array['conversation_updated', 'conversation_updated'],
    array[
      jsonb_build_object(
        'id', gen_random_uuid(), 'conversation', private.conversation_line(new)
      ),
      jsonb_build_object(
        'id', gen_random_uuid(),
        'conversation', jsonb_build_object(
          'id', new.id, 'status', new.status, 'ai_mode', new.ai_mode, 'last_seq', new.last_seq
        )
      )
    ]
  );
  return null;
end;
$$;

comment on function private.announce_conversation is
'Trigger: broadcasts conversation_updated when its status, hands, priority or tags change.';
revoke all on function private.announce_conversation from public;

-- The list of columns spares every message that is counted the comparison.
create trigger announce_conversation
after update of status, ai_mode, assigned_agent_id, priority, tags, customer_name
on public.conversations
for each row
when (
  (old.status, old.ai_mode, old.assigned_agent_id, old.priority, old.tags, old.customer_name)
  is distinct from
  (new.status, new.ai_mode, new.assigned_agent_id, new.priority, new.tags, new.customer_name)
)
execute function private.announce_conversation();
