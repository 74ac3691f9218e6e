create or replace function private.fail_past_turn(
  p_item_id uuid,
  p_worker text,
  p_attempt integer,
  p_error text
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_backtest_id uuid;
begin
  update public.ai_backtest_items
  set state = 'failed', error = left(p_error, 1000), finished_at = clock_timestamp()
  where ai_backtest_items.id = p_item_id
    and ai_backtest_items.state = 'running'
    and ai_backtest_items.worker = p_worker
    and ai_backtest_items.attempt = p_attempt
  returning ai_backtest_items.backtest_id into v_backtest_id;

  perform private.end_backtest(v_backtest_id);
  return v_backtest_id is not null;
end;
$$;

comment on function private.fail_past_turn is
'Gives up a past turn that could not be tried, and says why; false when somebody else has it.';
revoke all on function private.fail_past_turn from public;
grant execute on function private.fail_past_turn to service_role;
