create or replace function private.record_past_turn(
  p_item_id uuid,
  p_worker text,
  p_attempt integer,
  p_reply jsonb,
  p_latency_ms double precision
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item public.ai_backtest_items;
  v_decision jsonb;
begin
  select ai_backtest_items.* into v_item
  from public.ai_backtest_items
  where ai_backtest_items.id = p_item_id
  for update;

  perform private.keep_calls(null, v_item.conversation_id, 'backtest', p_reply -> 'calls');
  if v_item.id is null or v_item.state <> 'running'
    or (v_item.worker, v_item.attempt) is distinct from (p_worker, p_attempt) then
    return 'fenced';
  end if;

  v_decision := private.decide_past_turn(v_item, p_reply);
  v_item.outcome := v_decision ->> 'outcome';
  v_item.reason := left(v_decision ->> 'reason', 200);
  v_item.threshold := (v_decision ->> 'threshold')::double precision;
  v_item.confidence := private.confidence_of(p_reply);
  v_item.is_answer := private.is_answer(v_decision, p_reply);
  v_item.reply := left(p_reply ->> 'content', 20000);
  v_item.sources := coalesce(p_reply -> 'sources', '[]');
  v_item.model := left(p_reply ->> 'model', 200);
  v_item.error := left(p_reply ->> 'error', 1000);
  v_item.latency_ms := p_latency_ms;
  v_item.cost_microusd := private.cost_of_calls(p_reply -> 'calls');
  perform private.keep_past_turn(v_item);
  return v_item.outcome;
end;
$$;

comment on function private.record_past_turn is
'Keeps what a worker made of a past turn, with the calls it cost, unless it has lost the turn by
now. Returns what would have become of it, or fenced.';
revoke all on function private.record_past_turn from public;
grant execute on function private.record_past_turn to service_role;
