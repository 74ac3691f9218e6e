-- Security definer: nobody writes backtests by hand. A turn that a worker has in hand is recorded,
-- as it has cost already; the others are never claimed.
create or replace function private.stop_backtest(p_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_state text;
begin
  perform private.require_admin();
  select ai_backtests.state into v_state
  from public.ai_backtests
  where ai_backtests.id = p_id
  for no key update;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('backtest %s not found', p_id),
      hint = 'select id from ai_backtests lists those there are';
  end if;
  if v_state <> 'running' then
    raise exception using
      errcode = 'PT409',
      message = format('backtest %s is %s already', p_id, v_state),
      hint = 'get_backtest gives what it found';
  end if;

  update public.ai_backtests
  set state = 'cancelled', finished_at = clock_timestamp()
  where ai_backtests.id = p_id;
  delete from public.ai_backtest_items
  where ai_backtest_items.backtest_id = p_id and ai_backtest_items.state = 'waiting';
end;
$$;

comment on function private.stop_backtest is
'Marks a backtest as cancelled and drops its turns that nobody has tried; PT403, PT404, PT409.';
revoke all on function private.stop_backtest from public;
grant execute on function private.stop_backtest to authenticated, service_role;
