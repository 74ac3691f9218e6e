-- One turn that cannot be handed over must not take the others with it: it is a dead letter.
-- The last net under the six seconds (I11). It ends after some, so that customers see theirs:
-- workers and web processes call it again as long as it handed over any, pg_cron every second.
create or replace function private.hand_over_overdue()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
  v_count integer := 0;
  v_waiting integer;
begin
  select count(*) into v_waiting
  from (
    select 1
    from private.reply_jobs
    where reply_jobs.state = 'waiting'
    limit 400
  ) as waiting;

  for v_job in
    select reply_jobs.*
    from private.reply_jobs
    where reply_jobs.state in ('waiting', 'running')
      and reply_jobs.deadline
      < statement_timestamp() + private.hand_over_lead(null, v_waiting)
      and reply_jobs.deadline
      < statement_timestamp() + private.hand_over_lead(reply_jobs.worker, v_waiting)
    order by reply_jobs.deadline
    limit 100
  loop
    begin
      v_count := v_count + private.hand_over_job(v_job)::integer;
    exception
      when transaction_rollback or insufficient_resources then
        raise;
      when others then
        perform private.bury_job(v_job, sqlerrm);
    end;
    exit when v_count = 20;
  end loop;
  return v_count;
end;
$$;

comment on function private.hand_over_overdue is
'Hands over turns whose six seconds are about to run out, at most 20; returns how many.';
revoke all on function private.hand_over_overdue from public;
grant execute on function private.hand_over_overdue to service_role;
