-- Security definer: nobody writes backtests by hand, or a report could be made up.
create or replace function private.start_backtest(
  p_candidate jsonb,
  p_filter jsonb,
  p_limit integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_id uuid;
  v_turns integer;
begin
  perform private.require_admin();
  perform private.check_backtest(p_candidate, p_filter, p_limit);
  perform private.learn_gates_at(array[private.number_of(p_candidate -> 'max_wrong_rate')]);
  insert into public.ai_backtests (candidate, filter, created_by)
  values (p_candidate, p_filter, (select auth.uid()))
  returning ai_backtests.id into v_id;

  insert into public.ai_backtest_items (
    backtest_id, conversation_id, first_seq, last_seq, asked_at
  )
  select v_id, turns.conversation_id, turns.first_seq, turns.last_seq, turns.asked_at
  from private.past_turns(p_filter, p_limit) as turns;
  get diagnostics v_turns = row_count;

  update public.ai_backtests
  set turns = v_turns
  where ai_backtests.id = v_id;
  perform private.end_backtest(v_id);
  return jsonb_build_object('id', v_id, 'turns', v_turns);
end;
$$;

comment on function private.start_backtest is
'Makes a backtest with its turns; PT400, PT403.';
revoke all on function private.start_backtest from public;
grant execute on function private.start_backtest to authenticated, service_role;
