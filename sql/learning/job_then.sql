create or replace function private.job_then(p_item public.ai_backtest_items)
returns private.reply_jobs
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  v_job.id := p_item.id;
  v_job.attempt := p_item.attempt;
  v_job.conversation_id := p_item.conversation_id;
  v_job.first_seq := p_item.first_seq;
  v_job.last_seq := p_item.last_seq;
  v_job.deadline := p_item.deadline;
  v_job.is_shadow := true;
  return v_job;
end;
$$;

comment on function private.job_then is
'The turn of a backtest as if it were a turn of now that nothing is sent of.';
revoke all on function private.job_then from public;
grant execute on function private.job_then to service_role;
