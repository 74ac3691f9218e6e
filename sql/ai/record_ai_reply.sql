-- The row lock of the conversation is the turn: whoever holds it sees every message and every
-- change of hands that came before, so nothing can slip between the check and the insert.
create or replace function private.record_ai_reply(
  p_job_id uuid,
  p_worker text,
  p_attempt integer,
  p_reply jsonb
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_job private.reply_jobs;
  v_message_id uuid;
  v_decision jsonb := '{"outcome": "fenced"}';
  v_told jsonb;
begin
  v_job := private.lock_turn(p_job_id);
  p_reply := private.still_offered(p_reply);
  if private.turn_is_held(v_job, p_worker, p_attempt) then
    v_decision := private.decide_outcome(v_job, p_reply);
    if v_decision #>> '{setting,mode}' = 'shadow' and not v_job.is_shadow then
      v_job := private.follow_turn(v_job);
    end if;
    perform private.label_pick(v_job, p_reply);
    v_message_id := private.close_turn(v_job, v_decision, p_reply);
  else
    v_told := private.told_before(v_job, p_worker, p_attempt, p_reply);
    if v_told is not null then
      return v_told;
    end if;
  end if;

  perform private.keep_run(v_job, p_attempt, v_decision, v_message_id, p_reply);
  return private.told_of_turn(v_job, v_decision, p_reply)
    || jsonb_build_object('message_id', v_message_id);
end;
$$;

comment on function private.record_ai_reply is
'What a worker found: {outcome: answer|clarify|hand_over, content, confidence, fit, sources,
choices, language, language_probability, intent, sentiment, signals, reason, model, wire, usage,
latency_ms, error, calls, seen, cut_calls}. Decides under the conversation''s lock and returns
{state: answered|clarified|handed_over|shadowed|fenced, message_id, response, confidence,
requiresHuman, responseTime} (R54). Told once more, it returns the same and keeps nothing twice.
PT404.';
revoke all on function private.record_ai_reply from public;
grant execute on function private.record_ai_reply to service_role;
