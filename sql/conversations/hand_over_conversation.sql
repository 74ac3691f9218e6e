-- A second hand-over says nothing twice: the conversation is in human hands already.
create or replace function private.hand_over_conversation(
  p_conversation_id uuid,
  p_reason text,
  p_job_id uuid default null
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message_id uuid := gen_random_uuid();
  v_language text;
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
  where conversations.id = p_conversation_id and conversations.ai_mode = 'auto'
  returning conversations.language into v_language;

  if not found then
    return null;
  end if;

  insert into public.messages (
    id, conversation_id, sender_type, content, reply_job_id, metadata
  )
  values (
    v_message_id, p_conversation_id, 'system',
    private.hand_over_words(p_conversation_id, v_language), p_job_id,
    jsonb_build_object('event', 'handed_over', 'reason', p_reason)
  );
  return v_message_id;
end;
$$;

comment on function private.hand_over_conversation is
'Gives a conversation of the AI to people, tells the customer so and keeps the reason (R49).
Returns the message, or null when people have it already.';
revoke all on function private.hand_over_conversation from public;
grant execute on function private.hand_over_conversation to service_role;
