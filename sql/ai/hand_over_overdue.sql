-- One turn that cannot be handed over must not take the others with it: it is a dead letter.
-- The last net under the six seconds (I11): a turn nobody living works on goes to people 1.3 s
-- before its deadline, so that even a sweep once a second is in time; a living worker has until
-- 0.35 s before it.
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
  v_margin interval;
begin
  -- The more wait, the earlier it begins: each hand-over takes its few milliseconds.
  select count(*) into v_waiting
  from (
    select 1
    from private.reply_jobs
    where reply_jobs.state = 'waiting'
    limit 400
  ) as waiting;
  v_margin := interval '1.3 seconds' + v_waiting * interval '6 milliseconds';

  for v_job in
    select reply_jobs.*
    from private.reply_jobs
    where reply_jobs.state in ('waiting', 'running')
      and reply_jobs.deadline < statement_timestamp() + v_margin
      and (
        reply_jobs.deadline < statement_timestamp() + interval '0.35 seconds'
        or reply_jobs.worker is null
        or not private.worker_lives(reply_jobs.worker)
      )
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
  end loop;
  return v_count;
end;
$$;

comment on function private.hand_over_overdue is
'Hands over every turn whose six seconds are about to run out; returns how many.';
revoke all on function private.hand_over_overdue from public;
grant execute on function private.hand_over_overdue to service_role;
