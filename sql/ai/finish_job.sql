create or replace function private.finish_job(
  p_job_id uuid,
  p_outcome text,
  p_reason text,
  p_rule_id uuid default null
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.reply_jobs
  set
    state = case
      when p_outcome in ('taken_over', 'superseded') then 'cancelled' else 'done'
    end,
    outcome = p_outcome,
    reason = p_reason,
    rule_id = p_rule_id,
    lease_until = null,
    finished_at = clock_timestamp()
  where reply_jobs.id = p_job_id and reply_jobs.state in ('waiting', 'running');
end;
$$;

comment on function private.finish_job is 'Gives a turn its final state, once (I2).';
revoke all on function private.finish_job from public;
grant execute on function private.finish_job to service_role;
