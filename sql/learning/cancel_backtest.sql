create or replace function public.cancel_backtest(p_id uuid)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.stop_backtest(p_id);
$$;

comment on function public.cancel_backtest is
'Ends a backtest before its last turn; get_backtest still gives what was found by then. For admins.
PT403, PT404; PT409 where it has ended already.';
revoke all on function public.cancel_backtest from public, anon, authenticated, service_role;
grant execute on function public.cancel_backtest to authenticated, service_role;
