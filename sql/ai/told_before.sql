-- One worker holds an attempt and tells of it once; it asks again when the connection broke after
-- the commit, or to count calls of a turn that was cancelled while it was recorded.
create or replace function private.told_before(
  p_job private.reply_jobs,
  p_worker text,
  p_attempt integer,
  p_reply jsonb
)
returns jsonb
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
  where ai_runs.reply_job_id = p_job.id and ai_runs.attempt = p_attempt
  order by ai_runs.outcome = 'fenced'
  limit 1;

  if not found then
    return null;
  end if;
  if p_worker is distinct from p_job.worker then
    v_run.outcome := 'fenced';
    v_run.message_id := null;
  end if;
  return private.told_of_turn(p_job, jsonb_build_object('outcome', v_run.outcome), p_reply)
    || jsonb_build_object('message_id', v_run.message_id);
end;
$$;

comment on function private.told_before is
'What was told of an attempt whose run is kept already, as record_ai_reply returned it, fenced for
anybody but the worker that had it; null where there is none.';
revoke all on function private.told_before from public;
grant execute on function private.told_before to service_role;
