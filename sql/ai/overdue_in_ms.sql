create or replace function private.overdue_in_ms()
returns double precision
language sql
volatile
security invoker
set search_path = ''
as $$
  select greatest(
    private.milliseconds(next.deadline - interval '0.35 seconds' - clock_timestamp()), 0
  )
  from (
    select reply_jobs.deadline
    from private.reply_jobs
    where reply_jobs.state in ('waiting', 'running')
    order by reply_jobs.deadline
    limit 1
  ) as next;
$$;

comment on function private.overdue_in_ms is
'Milliseconds until hand_over_overdue takes the next turn from whoever has it, 0 where that is now;
null where no turn is open.';
revoke all on function private.overdue_in_ms from public;
grant execute on function private.overdue_in_ms to service_role;
