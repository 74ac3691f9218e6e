create or replace function private.keep_run(
  p_job private.reply_jobs,
  p_attempt integer,
  p_decision jsonb,
  p_message_id uuid,
  p_reply jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_run_id uuid;
begin
  insert into public.ai_runs (
    reply_job_id, conversation_id, message_id, attempt, outcome, reason, rule_id,
    is_shadow, facts, threshold, setting, seen, model, wire, confidence,
    fit, sources, question, left_out, reply, input_tokens, output_tokens, is_estimated,
    latency_ms, error
  )
  values (
    p_job.id, p_job.conversation_id, p_message_id, p_attempt, p_decision ->> 'outcome',
    left(coalesce(p_decision ->> 'reason', p_reply ->> 'reason'), 200),
    (p_decision ->> 'rule_id')::uuid, p_job.is_shadow, coalesce(p_decision -> 'facts', '{}'),
    (p_decision ->> 'threshold')::double precision, coalesce(p_decision -> 'setting', '{}'),
    private.keep_seen(p_reply -> 'seen'), p_reply ->> 'model', p_reply ->> 'wire',
    private.confidence_of(p_reply), left(p_reply ->> 'fit', 100),
    coalesce(p_reply -> 'sources', '[]'), left(p_reply ->> 'question', 20000),
    case when p_decision ->> 'outcome' = 'answered' then left(p_reply ->> 'left_out', 20000) end,
    left(p_reply ->> 'content', 20000),
    private.number_of(p_reply #> '{usage,input_tokens}')::integer,
    private.number_of(p_reply #> '{usage,output_tokens}')::integer,
    coalesce(p_reply #> '{usage,estimated}' = 'true', false),
    private.number_of(p_reply -> 'latency_ms')::integer, left(p_reply ->> 'error', 1000)
  )
  returning ai_runs.id into v_run_id;

  perform private.keep_cut_calls(p_job, p_attempt, p_reply -> 'cut_calls');
  update public.ai_tool_calls
  set run_id = v_run_id
  where ai_tool_calls.reply_job_id = p_job.id and ai_tool_calls.attempt = p_attempt;
  perform private.keep_calls(
    v_run_id, p_job.conversation_id, case when p_job.is_shadow then 'shadow' else 'turn' end,
    p_reply -> 'calls'
  );
  return v_run_id;
end;
$$;

comment on function private.keep_run is
'Keeps a run of a model, also one that came too late, with its calls: cost and causes are counted
from here.';
revoke all on function private.keep_run from public;
grant execute on function private.keep_run to service_role;
