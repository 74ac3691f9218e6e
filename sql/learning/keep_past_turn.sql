create or replace function private.keep_past_turn(p_item public.ai_backtest_items)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_judgement jsonb := '{"verdict": "unknown"}';
begin
  if p_item.is_answer then
    v_judgement := private.judge_answer(
      p_item.conversation_id, p_item.first_seq, p_item.last_seq, p_item.reply, p_item.sources
    );
  end if;

  update public.ai_backtest_items
  set
    state = 'done', outcome = p_item.outcome, reason = p_item.reason,
    threshold = p_item.threshold, confidence = p_item.confidence, is_answer = p_item.is_answer,
    reply = p_item.reply, sources = p_item.sources, model = p_item.model, error = p_item.error,
    latency_ms = p_item.latency_ms, cost_microusd = p_item.cost_microusd,
    verdict = v_judgement ->> 'verdict', judged_by = v_judgement ->> 'judged_by',
    finished_at = clock_timestamp()
  where ai_backtest_items.id = p_item.id;
  perform private.end_backtest(p_item.backtest_id);
end;
$$;

comment on function private.keep_past_turn is
'Writes down what came of a past turn, judged, and ends the backtest with its last one.';
revoke all on function private.keep_past_turn from public;
grant execute on function private.keep_past_turn to service_role;
