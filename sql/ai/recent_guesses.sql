create or replace function private.recent_guesses(p_fit text)
returns table (confidence double precision, log_odds double precision)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select guesses.confidence, private.log_odds(guesses.confidence)
  from (
    select distinct on (conversations.customer_id) newest.confidence
    from (
      select ai_runs.conversation_id, ai_runs.confidence, ai_runs.created_at
      from public.ai_runs
      where ai_runs.fit = p_fit
        and ai_runs.created_at > clock_timestamp() - interval '90 days'
        and ai_runs.outcome <> 'fenced'
      order by ai_runs.created_at desc
      limit 20000
    ) as newest
    join public.conversations on conversations.id = newest.conversation_id
    order by conversations.customer_id, newest.created_at desc
  ) as guesses;
end;
$$;

comment on function private.recent_guesses is
'How sure the built-in answerer was of its best article by one fit, judged or not: of the newest
20,000 guesses of 90 days the last one of each customer.';
revoke all on function private.recent_guesses from public;
grant execute on function private.recent_guesses to service_role;
