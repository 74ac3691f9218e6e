create or replace function private.decide_past_turn(p_item public.ai_backtest_items, p_reply jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations := private.conversation_then(p_item);
begin
  return private.decide_turn(
    private.job_then(p_item), v_conversation, p_reply, private.setting_of_candidate(
      v_conversation, (
        select ai_backtests.candidate
        from public.ai_backtests
        where ai_backtests.id = p_item.backtest_id
      )
    )
  );
end;
$$;

comment on function private.decide_past_turn is
'What would have become of a past turn, by the gate and the rules of today''s turns.';
revoke all on function private.decide_past_turn from public;
grant execute on function private.decide_past_turn to service_role;
