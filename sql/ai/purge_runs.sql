-- What came of a turn stays as long as its messages do: explain_answer, labels and figures rest on
-- it. A reply that came too late is nobody's answer, and nobody may label it.
create or replace function private.purge_runs(
  p_keep interval default '90 days',
  p_limit integer default 1000
)
returns integer
language sql
volatile
security invoker
set search_path = ''
as $$
  with purged as (
    delete from public.ai_runs
    where ai_runs.id in (
      select expired.id
      from public.ai_runs as expired
      where expired.outcome = 'fenced'
        and expired.created_at < statement_timestamp() - p_keep
      limit p_limit
    )
    returning ai_runs.id
  ),

  untold as (
    delete from public.ai_tool_calls
    where ai_tool_calls.id in (
      select expired.id
      from public.ai_tool_calls as expired
      where expired.run_id is null
        and expired.created_at < statement_timestamp() - p_keep
      limit p_limit
    )
  )

  select count(*)::integer
  from purged;
$$;

comment on function private.purge_runs is
'Ends the retention of runs that came too late to count, with what they looked up, and of what was
looked up for no run, as the worker died, 90 days after them; at most p_limit of each a call,
returns how many runs. What they cost stays in ai_calls.';
revoke all on function private.purge_runs from public;
grant execute on function private.purge_runs to service_role;
