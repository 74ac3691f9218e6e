create or replace function private.budget_is_spent()
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.ai_budget
    left join private.ai_spending
      on ai_spending.day = (statement_timestamp() at time zone 'UTC')::date
    where coalesce(ai_spending.spent_microusd + ai_spending.ahead_microusd, 0)
      >= ai_budget.daily_microusd
  );
end;
$$;

comment on function private.budget_is_spent is
'Whether models have cost today what they may, with what is under way: then the articles answer
alone. At a steady pace nothing is spent beyond it; at one that rises, what eleven seconds cost more
than the eleven before.';
revoke all on function private.budget_is_spent from public;
grant execute on function private.budget_is_spent to authenticated, service_role;
