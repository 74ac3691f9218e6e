create or replace function private.keep_run(
  p_job private.reply_jobs,
  p_attempt integer,
  p_decision jsonb,
  p_message_id uuid,
  p_reply jsonb
)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into public.ai_runs (
    reply_job_id, conversation_id, message_id, attempt, outcome, reason, rule_id,
    is_shadow, facts, threshold, model, wire, confidence,
    sources, question, reply, input_tokens, output_tokens, is_estimated, latency_ms, error
  )
  values (
    p_job.id,
    p_job.conversation_id,
    p_message_id,
    p_attempt,
    p_decision ->> 'outcome',
    left(coalesce(p_decision ->> 'reason', p_reply ->> 'reason'), 200),
    (p_decision ->> 'rule_id')::uuid,
    p_job.is_shadow,
    coalesce(p_decision -> 'facts', '{}'),
    (p_decision ->> 'threshold')::double precision,
    p_reply ->> 'model',
    p_reply ->> 'wire',
    private.confidence_of(p_reply),
    coalesce(p_reply -> 'sources', '[]'),
    left(p_reply ->> 'question', 20000),
    left(p_reply ->> 'content', 20000),
    private.number_of(p_reply #> '{usage,input_tokens}')::integer,
    private.number_of(p_reply #> '{usage,output_tokens}')::integer,
    coalesce(p_reply #> '{usage,estimated}' = 'true', false),
    private.number_of(p_reply -> 'latency_ms')::integer,
    left(p_reply ->> 'error', 1000)
  );
$$;

comment on function private.keep_run is
'Keeps a run of a model, also one that came too late: cost and causes are counted from here.';
revoke all on function private.keep_run from public;
grant execute on function private.keep_run to service_role;
