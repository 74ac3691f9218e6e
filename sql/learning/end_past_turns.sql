create or replace function private.end_past_turns()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  with lost as (
    update public.ai_backtest_items
    set
      state = case when ai_backtest_items.attempt < 3 then 'waiting' else 'failed' end,
      error = 'the worker that had it was lost'
    where ai_backtest_items.state = 'running'
      and ai_backtest_items.deadline < clock_timestamp() - interval '10 seconds'
    returning ai_backtest_items.backtest_id
  ),

  ended as (
    select distinct lost.backtest_id
    from lost
  )

  select count(*) into v_count
  from ended;
  perform private.end_backtest(ai_backtests.id)
  from public.ai_backtests
  where ai_backtests.state = 'running' and v_count > 0;
  return v_count;
end;
$$;

comment on function private.end_past_turns is
'Takes turns back from workers that were lost over them; after three of those one has failed.';
revoke all on function private.end_past_turns from public;
grant execute on function private.end_past_turns to service_role;
