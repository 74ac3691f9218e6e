create or replace function private.add_ai_message(
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
  v_message_id uuid := gen_random_uuid();
begin
  insert into public.messages (
    id, conversation_id, sender_type, content, message_type, reply_job_id, confidence_score,
    processing_time_ms, intent_detected, knowledge_sources, tokens_used, metadata
  )
  values (
    v_message_id,
    p_job.conversation_id,
    'ai',
    left(p_reply ->> 'content', 100000),
    case when p_outcome = 'clarified' then 'choices' else 'text' end,
    p_job.id,
    private.confidence_of(p_reply),
    private.milliseconds(
      clock_timestamp() - (p_job.deadline - interval '6 seconds')
    )::integer,
    case
      when p_reply ->> 'wire' = 'rules'
        or p_reply ->> 'intent' <> all (private.small_talk_intents())
        then left(p_reply ->> 'intent', 100)
    end,
    p_reply -> 'sources',
    private.number_of(p_reply #> '{usage,total_tokens}')::integer,
    jsonb_strip_nulls(jsonb_build_object(
      'choices', p_reply -> 'choices',
      'sentiment', left(coalesce(
        p_reply #>> '{signals,sentiment}', p_reply ->> 'sentiment'
      ), 100)
    ))
  );
  return v_message_id;
end;
$$;

comment on function private.add_ai_message is
'Writes the AI''s one message of a turn, with confidence, sources, tokens and time (R22). Our
own words alone have an intent of small talk: what a model calls one counts as an answer.';
revoke all on function private.add_ai_message from public;
grant execute on function private.add_ai_message to service_role;
