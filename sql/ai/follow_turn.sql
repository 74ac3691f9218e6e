create or replace function private.follow_turn(p_job private.reply_jobs)
returns private.reply_jobs
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  update private.reply_jobs
  set is_shadow = true
  where reply_jobs.id = p_job.id
  returning reply_jobs.* into v_job;

  perform private.hand_over_quietly(p_job.conversation_id, 'shadow');
  return v_job;
end;
$$;

comment on function private.follow_turn is
'Gives people a turn that turned out to be in a language in which the AI only follows along.';
revoke all on function private.follow_turn from public;
grant execute on function private.follow_turn to service_role;
