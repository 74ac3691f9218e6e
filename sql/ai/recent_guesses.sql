create or replace function private.recent_guesses(p_fit text)
returns table (confidence double precision, log_odds double precision)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select ai_runs.confidence, private.log_odds(ai_runs.confidence)
  from public.ai_runs
  where ai_runs.fit = p_fit
    and ai_runs.created_at > clock_timestamp() - interval '90 days'
    and ai_runs.outcome <> 'fenced'
  order by ai_runs.created_at desc
  limit 5000;
end;
$$;

comment on function private.recent_guesses is
'How sure the built-in answerer was of its best article by one fit: its newest 5000 guesses of 90
days, judged or not.';
revoke all on function private.recent_guesses from public;
grant execute on function private.recent_guesses to service_role;
