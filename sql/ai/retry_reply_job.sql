create or replace function private.retry_reply_job(p_job_id uuid)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
begin
  update private.reply_jobs
  set state = 'cancelled', outcome = 'superseded'
  where reply_jobs.id = p_job_id and reply_jobs.outcome = 'dead'
  returning reply_jobs.conversation_id into v_conversation_id;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no dead turn %s', p_job_id);
  end if;
  return case
    when public.generate_ai_response(v_conversation_id) is null then 'taken_over' else 'waiting'
  end;
end;
$$;

comment on function private.retry_reply_job is
'Opens a turn anew, with its own six seconds, for what a dead one left unanswered; PT404, and PT409
when nothing is.';
revoke all on function private.retry_reply_job from public;
grant execute on function private.retry_reply_job to service_role;
