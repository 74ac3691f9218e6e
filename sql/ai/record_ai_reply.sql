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
as $$
declare
  v_job private.reply_jobs;
  v_message_id uuid;
  v_outcome text := 'fenced';
begin
  v_job := private.lock_turn(p_job_id);
  if private.turn_is_held(v_job, p_worker, p_attempt) then
    v_outcome := private.decide_outcome(v_job, p_reply);
    v_message_id := private.close_turn(v_job, v_outcome, p_reply);
  end if;

  perform private.keep_run(v_job, p_attempt, v_outcome, v_message_id, p_reply);
  return jsonb_build_object('state', v_outcome, 'message_id', v_message_id);
end;
$$;

comment on function private.record_ai_reply is
'What a worker found: {outcome: answer|clarify|hand_over, content, confidence, sources, choices,
language, intent, sentiment, reason, model, wire, usage, latency_ms, error}. Decides under the
conversation''s lock and returns {state: answered|clarified|handed_over|fenced, message_id}.
PT404.';
revoke all on function private.record_ai_reply from public;
grant execute on function private.record_ai_reply to service_role;
