create or replace function private.turn_for(p_id uuid)
returns private.reply_jobs
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  select reply_jobs.* into v_job
  from (
    select messages.conversation_id, messages.seq, messages.reply_job_id, messages.id
    from public.messages
    where messages.id = p_id
    union all
    select ai_runs.conversation_id, null, ai_runs.reply_job_id, null
    from public.ai_runs
    where ai_runs.id = p_id
  ) as meant
  join private.reply_jobs on reply_jobs.conversation_id = meant.conversation_id
  where reply_jobs.id = meant.reply_job_id
    or reply_jobs.reply_message_id = meant.id
    or meant.seq between reply_jobs.first_seq and reply_jobs.last_seq
  order by reply_jobs.created_at desc
  limit 1;

  if v_job.id is null then
    raise exception using
      errcode = 'PT404',
      message = format('no turn of the AI for %s', p_id),
      hint = 'give the id of an answer, of a customer''s question, or of a run in ai_runs';
  end if;
  return v_job;
end;
$$;

comment on function private.turn_for is
'The turn that a message asked or answered, or that a run belongs to; PT404.';
revoke all on function private.turn_for from public;
grant execute on function private.turn_for to authenticated, service_role;
