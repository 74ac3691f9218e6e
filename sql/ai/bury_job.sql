create or replace function private.bury_job(p_job private.reply_jobs, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.finish_job(p_job.id, 'dead', left(p_reason, 500));
  perform private.raise_alert(
    'reply_job', 'critical',
    format('the turn %s could be neither answered nor handed over', p_job.id)
  );
end;
$$;

comment on function private.bury_job is
'Makes a dead letter of a turn that cannot be ended otherwise, and tells admins (I9).';
revoke all on function private.bury_job from public;
grant execute on function private.bury_job to service_role;
