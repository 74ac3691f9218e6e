create or replace function private.spent_on(p_conversation_id uuid, p_day date)
returns table (microusd bigint, unpriced bigint)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    coalesce(sum(ai_calls.cost_microusd), 0)::bigint,
    count(*) filter (where ai_calls.cost_microusd is null)
  from public.ai_calls
  where ai_calls.conversation_id = p_conversation_id
    and ai_calls.purpose <> 'backtest'
    and (ai_calls.created_at at time zone 'UTC')::date = p_day;
end;
$$;

comment on function private.spent_on is
'What models cost for a conversation on a day, trials of its past left out.';
revoke all on function private.spent_on from public;
grant execute on function private.spent_on to authenticated, service_role;
