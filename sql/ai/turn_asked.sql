create or replace function private.turn_asked(
  p_job private.reply_jobs,
  p_conversation public.conversations
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_language text := private.language_of(p_conversation);
  v_question text := private.question_of(p_job);
begin
  return jsonb_build_object(
    'job_id', p_job.id,
    'attempt', p_job.attempt,
    'conversation_id', p_conversation.id,
    'channel_type', p_conversation.channel_type,
    'remaining_ms', private.milliseconds(p_job.deadline - clock_timestamp()),
    'language', v_language,
    'language_is_known', p_conversation.language is not null,
    'by_language', private.settings_by_language(p_conversation.channel_type),
    'question', v_question,
    'wish', private.wish_said(p_job, v_language),
    'is_shadow', p_job.is_shadow,
    'model_allowed', not private.budget_is_spent(),
    'topics', private.common_topics(p_conversation.language),
    'choice', private.turn_choice(p_job, p_conversation)
  ) || private.held_to(private.ai_setting(p_conversation.channel_type, v_language));
end;
$$;

comment on function private.turn_asked is
'What a turn of today, one of the past and a draft have in common: who asks what, what there is to
offer, and what the answer is held to. Of a telephone number only the language of its country is
given away.';
revoke all on function private.turn_asked from public;
grant execute on function private.turn_asked to service_role;
