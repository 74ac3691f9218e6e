create or replace function private.lock_turn(p_job_id uuid)
returns private.reply_jobs
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  perform 1
  from public.conversations
  where conversations.id = (
    select reply_jobs.conversation_id
    from private.reply_jobs
    where reply_jobs.id = p_job_id
  )
  for no key update;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('reply job %s not found', p_job_id);
  end if;

  select reply_jobs.* into v_job
  from private.reply_jobs
  where reply_jobs.id = p_job_id
  for update;
  return v_job;
end;
$$;

comment on function private.lock_turn is
'Locks a turn: always the conversation first, then the job. PT404.';
revoke all on function private.lock_turn from public;
grant execute on function private.lock_turn to service_role;
