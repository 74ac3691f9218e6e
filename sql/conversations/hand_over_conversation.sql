-- A second hand-over says nothing twice: the conversation is in human hands already. What agents
-- are told is a message of its own, as customers may read their rows whole.
create or replace function private.hand_over_conversation(
  p_conversation_id uuid,
  p_reason text,
  p_job_id uuid default null,
  p_details jsonb default null
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
    handed_over_reason = p_reason,
    handed_over_rule_id = (p_details ->> 'rule_id')::uuid
  where conversations.id = p_conversation_id and conversations.ai_mode = 'auto'
  returning private.language_of(conversations) into v_language;

  if not found then
    return null;
  end if;
  insert into public.messages (
    id, conversation_id, sender_type, message_type, is_private, content, reply_job_id,
    confidence_score, intent_detected, metadata
  )
  select
    v_message_id, p_conversation_id, 'system', 'text', false,
    private.hand_over_words(p_conversation_id, v_language), p_job_id,
    (p_details ->> 'confidence')::double precision, p_details ->> 'intent',
    jsonb_build_object('event', 'handed_over', 'reason', p_reason)
  union all
  select
    gen_random_uuid(), p_conversation_id, 'system', 'event', true,
    private.hand_over_note(p_reason, p_details), p_job_id, null, null,
    p_details || jsonb_build_object('event', 'hand_over_note', 'reason', p_reason)
  where p_details is not null;
  return v_message_id;
end;
$$;

comment on function private.hand_over_conversation is
'Gives a conversation of the AI to people, tells the customer so and agents why (R49). Returns the
message, or null when people have it already.';
revoke all on function private.hand_over_conversation from public;
grant execute on function private.hand_over_conversation to service_role;
