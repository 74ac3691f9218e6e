create or replace function private.claim_past_turns(p_worker text, p_limit integer)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if exists (
    select 1
    from private.reply_jobs
    where reply_jobs.state = 'waiting' and reply_jobs.not_before <= clock_timestamp()
  ) then
    return;
  end if;

  perform private.end_past_turns();
  return query
  with due as materialized (
    select ai_backtest_items.id
    from public.ai_backtests
    join public.ai_backtest_items on ai_backtest_items.backtest_id = ai_backtests.id
    where ai_backtests.state = 'running'
      and ai_backtest_items.state = 'waiting'
      and (ai_backtests.candidate ->> 'model' = 'embedded' or not private.budget_is_spent())
    order by ai_backtests.created_at
    limit p_limit
    for update of ai_backtest_items skip locked
  ),

  claimed as (
    update public.ai_backtest_items
    set
      state = 'running',
      worker = p_worker,
      attempt = ai_backtest_items.attempt + 1,
      deadline = clock_timestamp() + interval '6 seconds'
    from due
    where ai_backtest_items.id = due.id
    returning ai_backtest_items.*
  )

  select private.past_turn(claimed::public.ai_backtest_items)
  from claimed;
end;
$$;

comment on function private.claim_past_turns is
'Leases turns of backtests to a worker, none while a customer waits for one: {candidate, turn: as
claim_reply_jobs gives it}.';
revoke all on function private.claim_past_turns from public;
grant execute on function private.claim_past_turns to service_role;
