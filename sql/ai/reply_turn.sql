create or replace function private.reply_turn(p_job private.reply_jobs)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'job_id', p_job.id,
      'attempt', p_job.attempt,
      'conversation_id', p_job.conversation_id,
      'channel_type', conversations.channel_type,
      'deadline', p_job.deadline,
      'remaining_ms', private.milliseconds(p_job.deadline - clock_timestamp()),
      'language', spoken.language,
      'language_is_known', conversations.language is not null,
      'by_language', private.settings_by_language(conversations.channel_type),
      'question', asked.question,
      'history', private.recent_history(conversations, 12),
      'customer', jsonb_build_object(
        'id', conversations.customer_id, 'name', conversations.user_name
      ),
      'knowledge', private.knowledge_for(asked.question),
      'is_shadow', p_job.is_shadow,
      'model_allowed', not private.budget_is_spent(),
      'hand_over', private.hand_over_before(p_job, conversations, asked.question),
      'topics', private.common_topics(spoken.language),
      'choice', private.turn_choice(p_job)
    ) || private.held_to(setting.value)
    from public.conversations
    cross join lateral private.question_of(p_job) as asked (question)
    cross join lateral private.language_of(conversations) as spoken (language)
    cross join lateral private.ai_setting(
      conversations.channel_type, spoken.language
    ) as setting (value)
    where conversations.id = p_job.conversation_id
  );
end;
$$;

comment on function private.reply_turn is
'All a worker needs to answer a turn, in one object; times by the clock of the database. Of a
telephone number only the language of its country is given away.';
revoke all on function private.reply_turn from public;
grant execute on function private.reply_turn to service_role;
