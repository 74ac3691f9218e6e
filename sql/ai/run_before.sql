create or replace function private.run_before(p_run public.ai_runs)
returns public.ai_runs
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_run public.ai_runs;
begin
  select ai_runs.* into v_run
  from public.ai_runs
  where ai_runs.conversation_id = p_run.conversation_id
    and ai_runs.created_at < p_run.created_at
    and ai_runs.outcome <> 'fenced'
  order by ai_runs.created_at desc
  limit 1;
  return v_run;
end;
$$;

comment on function private.run_before is
'The run by which the turn before this one''s ended in its conversation; null for the first.';
revoke all on function private.run_before from public;
grant execute on function private.run_before to service_role;
