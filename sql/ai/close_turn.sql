create or replace function private.close_turn(
  p_job private.reply_jobs,
  p_outcome text,
  p_reply jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_reason text := case
    when clock_timestamp() > p_job.deadline then 'deadline'
    else left(coalesce(nullif(p_reply ->> 'reason', ''), 'low_confidence'), 100)
  end;
  v_message_id uuid;
begin
  update public.conversations
  set
    language = case
      when p_reply ? 'language_probability'
        then coalesce(left(p_reply ->> 'language', 35), conversations.language)
      else coalesce(conversations.language, left(p_reply ->> 'language', 35))
    end,
    sentiment = coalesce(left(p_reply ->> 'sentiment', 100), conversations.sentiment),
    intent = coalesce(left(p_reply ->> 'intent', 100), conversations.intent),
    ai_confidence = coalesce(private.confidence_of(p_reply), conversations.ai_confidence)
  where conversations.id = p_job.conversation_id;

  perform private.finish_job(
    p_job.id, p_outcome, case when p_outcome = 'handed_over' then v_reason end
  );
  v_message_id := case
    when p_outcome = 'handed_over'
      then private.hand_over_conversation(p_job.conversation_id, v_reason, p_job.id)
    else private.add_ai_message(p_job, p_outcome, p_reply)
  end;

  update private.reply_jobs
  set reply_message_id = v_message_id
  where reply_jobs.id = p_job.id;
  return v_message_id;
end;
$$;

comment on function private.close_turn is
'Ends a turn with its one message: the AI''s, or the hand-over; returns the message. A reply with
language_probability comes from one who weighed the conversation''s language, which it replaces.';
revoke all on function private.close_turn from public;
grant execute on function private.close_turn to service_role;
