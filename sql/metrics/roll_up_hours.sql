-- An hour is closed five minutes after its end: whatever began in it is committed by then. Two who
-- do this at once write the same rows.
create or replace function private.roll_up_hours(p_span interval default '6 hours')
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_from timestamptz := coalesce(private.rolled_until(), private.first_hour());
  v_to timestamptz := least(
    v_from + p_span, date_trunc('hour', clock_timestamp() - interval '5 minutes', 'UTC')
  );
begin
  -- Also when nothing has happened yet, v_from being null.
  if (v_to > v_from) is not true then
    return 0;
  end if;

  insert into private.metric_hours (hour, channel_type, metric_name, bucket, count, total)
  select *
  from private.hours_between(v_from, v_to)
  union all
  values (v_to - interval '1 hour', 'all', 'rolled_up', 0::smallint, 0, 0)
  on conflict (hour, channel_type, metric_name, bucket) do nothing;

  delete from private.metric_hours
  where metric_hours.hour < clock_timestamp() - interval '401 days';
  return extract(epoch from v_to - v_from) / 3600;
end;
$$;

comment on function private.roll_up_hours is
'Sums up the next closed hours into metric_hours, at most p_span at a time; returns how many.';
revoke all on function private.roll_up_hours from public;
grant execute on function private.roll_up_hours to service_role;
