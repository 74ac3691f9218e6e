create or replace function private.hand_over_job(p_job private.reply_jobs)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message_id uuid;
begin
  perform 1
  from public.conversations
  where conversations.id = p_job.conversation_id
  for no key update skip locked;

  if not found then
    return false;
  end if;

  perform 1
  from private.reply_jobs
  where reply_jobs.id = p_job.id
    and reply_jobs.state in ('waiting', 'running')
    and reply_jobs.attempt = p_job.attempt
  for update;

  if not found then
    return false;
  end if;

  if p_job.is_shadow then
    perform private.finish_job(p_job.id, 'taken_over', 'deadline');
    return false;
  end if;

  perform private.finish_job(p_job.id, 'handed_over', 'deadline');
  v_message_id := private.hand_over_conversation(
    p_job.conversation_id, 'deadline', p_job.id,
    private.hand_over_details(p_job, '{}', '{}')
  );
  update private.reply_jobs
  set reply_message_id = v_message_id
  where reply_jobs.id = p_job.id;
  return true;
end;
$$;

comment on function private.hand_over_job is
'Hands one overdue turn over, unless somebody is at it this moment; true when done.';
revoke all on function private.hand_over_job from public;
grant execute on function private.hand_over_job to service_role;
