create or replace function public.get_backtest(p_id uuid)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_backtest public.ai_backtests;
begin
  perform private.require_agent();
  select ai_backtests.* into v_backtest
  from public.ai_backtests
  where ai_backtests.id = p_id;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('backtest %s not found', p_id),
      hint = 'select id from ai_backtests lists those there are';
  end if;
  return to_jsonb(v_backtest) || (
    select jsonb_build_object(
      'done', count(*) filter (where trials.state = 'done'),
      'failed', count(*) filter (where trials.state = 'failed'),
      'is_waiting_for_budget', v_backtest.state = 'running' and private.budget_is_spent()
        and v_backtest.candidate ->> 'model' is distinct from 'embedded',
      'error', min(trials.error) filter (where trials.state = 'failed'),
      'report', private.sum_up_trials(
        coalesce(jsonb_agg(to_jsonb(trials)) filter (where trials.state = 'done'), '[]')
      )
    )
    from public.ai_backtest_items as trials
    where trials.backtest_id = p_id
  );
end;
$$;

comment on function public.get_backtest is
'A backtest with how far it is and what it found so far: {state, turns, done, failed, error, report:
see sum_up_trials}. PT403, PT404.';
revoke all on function public.get_backtest from public, anon, authenticated, service_role;
grant execute on function public.get_backtest to authenticated, service_role;
