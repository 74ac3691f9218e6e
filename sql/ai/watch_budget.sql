create or replace function private.watch_budget()
returns bigint
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_today date := (statement_timestamp() at time zone 'UTC')::date;
  v_budget bigint := (select nullif(ai_budget.daily_microusd, 0) from public.ai_budget);
  v_spent bigint;
  v_ahead bigint;
  v_unpriced bigint;
begin
  select
    coalesce(sum(ai_calls.cost_microusd), 0),
    coalesce(sum(ai_calls.cost_microusd) filter (
      where ai_calls.created_at > clock_timestamp() - interval '11 seconds'
    ), 0),
    count(*) filter (where ai_calls.cost_microusd is null)
  into v_spent, v_ahead, v_unpriced
  from public.ai_calls
  where ai_calls.created_at >= v_today::timestamp at time zone 'UTC';

  insert into private.ai_spending as known (day, spent_microusd, ahead_microusd, unpriced)
  values (v_today, v_spent, v_ahead, v_unpriced)
  on conflict (day) do update
    set (spent_microusd, ahead_microusd, unpriced) = row(v_spent, v_ahead, v_unpriced)
    where (known.spent_microusd, known.ahead_microusd, known.unpriced)
      is distinct from (v_spent, v_ahead, v_unpriced);

  perform private.tell_of_budget('budget_near', 'warning', v_spent >= 0.8 * v_budget, format(
    'models have cost %s of %s dollars today', round(v_spent / 1e6, 2), round(v_budget / 1e6, 2)
  ));
  perform private.tell_of_budget('budget_spent', 'critical', v_spent >= v_budget, format(
    'the day''s budget for models of %s dollars is spent: the articles answer alone until midnight'
    ' UTC', round(v_budget / 1e6, 2)
  ));
  perform private.tell_of_budget(
    'budget_blind', 'warning', v_unpriced > 0 and v_budget is not null, format(
      '%s to models without a price today: the budget leaves out what that costs and cannot limit'
      ' it; set prices in model_prices or by romashka ai price set',
      private.counted(v_unpriced, 'call')
    )
  );
  return v_spent;
end;
$$;

comment on function private.watch_budget is
'Sums up what models cost today and alerts at four fifths of the budget, at all of it, and when it
counts blindly because a model has no price in model_prices; returns millionths of a dollar. A
budget of 0 is a choice, of which nobody is alerted.';
revoke all on function private.watch_budget from public;
grant execute on function private.watch_budget to service_role;
