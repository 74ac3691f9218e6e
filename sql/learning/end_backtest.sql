-- The last two turns may end at once, and neither sees that the other has: one waits for the other.
create or replace function private.end_backtest(p_id uuid)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform 1
  from public.ai_backtests
  where ai_backtests.id = p_id
  for no key update;

  update public.ai_backtests
  set state = 'done', finished_at = clock_timestamp()
  where ai_backtests.id = p_id
    and ai_backtests.state = 'running'
    and not exists (
      select 1
      from public.ai_backtest_items
      where ai_backtest_items.backtest_id = p_id
        and ai_backtest_items.state in ('waiting', 'running')
    );
  return found;
end;
$$;

comment on function private.end_backtest is
'Ends a backtest of which nothing is left to do; true when it did.';
revoke all on function private.end_backtest from public;
grant execute on function private.end_backtest to service_role;
