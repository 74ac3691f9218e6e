create or replace function private.hand_over_quietly(p_conversation_id uuid, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.conversations
  set
    ai_mode = 'human',
    epoch = conversations.epoch + 1,
    context_seq = conversations.last_seq,
    status = 'open',
    resolved_at = null,
    handed_over_at = clock_timestamp(),
    handed_over_reason = p_reason
  where conversations.id = p_conversation_id and conversations.ai_mode = 'auto';

  if found then
    insert into public.messages (
      conversation_id, sender_type, message_type, is_private, metadata
    )
    values (
      p_conversation_id, 'system', 'event', true,
      jsonb_build_object(
        'event', case p_reason when 'shadow' then 'shadowed' else 'handed_over' end,
        'reason', p_reason
      )
    );
  end if;
end;
$$;

comment on function private.hand_over_quietly is
'Gives a conversation of the AI to people and tells only them, with the reason; in
shadow the AI never had it, so that is no hand-over to count.';
revoke all on function private.hand_over_quietly from public;
grant execute on function private.hand_over_quietly to service_role;
