create or replace function private.overdue_in_ms()
returns double precision
language sql
volatile
security invoker
set search_path = ''
as $$
  select greatest(
    private.milliseconds(
      min(next.deadline - private.hand_over_lead(next.worker)) - clock_timestamp()
    ), 0
  )
  from (
    select
      reply_jobs.deadline,
      reply_jobs.worker
    from private.reply_jobs
    where reply_jobs.state in ('waiting', 'running')
    order by reply_jobs.deadline
    limit 20
  ) as next
  having count(*) > 0;
$$;

comment on function private.overdue_in_ms is
'Milliseconds until hand_over_overdue takes the next turn from whoever has it, 0 where that is now;
null where no turn is open. Where many wait it takes them earlier than this says.';
revoke all on function private.overdue_in_ms from public;
grant execute on function private.overdue_in_ms to service_role;
