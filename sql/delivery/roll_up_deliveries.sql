-- Two days after its end little changes any more; an hour more, so that whoever changes something
-- without a note, being just in time for that, has committed.
create or replace function private.roll_up_deliveries(p_limit integer default 1)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_until timestamptz := date_trunc('day', clock_timestamp() - interval '49 hours', 'UTC');
  v_from timestamptz;
  v_day timestamptz;
  v_count integer := 0;
begin
  if not pg_try_advisory_xact_lock(hashtext('private.roll_up_deliveries')) then
    return 0;
  end if;

  select coalesce(
    max(delivery_days.day) + interval '24 hours', date_trunc('day', private.first_hour(), 'UTC')
  )
  into v_from
  from private.delivery_days;

  for v_day in
    select delivery_changes.day
    from private.delivery_changes
    join private.delivery_days on delivery_days.day = delivery_changes.day
    union
    select days.day
    from generate_series(
      greatest(v_from, v_until - interval '9600 hours'), v_until - interval '24 hours',
      interval '24 hours'
    ) as days (day)
    where v_from is not null
    order by 1
    limit p_limit
  loop
    perform private.sum_up_day(v_day);
    v_count := v_count + 1;
  end loop;

  delete from private.delivery_days
  where delivery_days.day < v_until - interval '9600 hours';
  delete from private.delivery_changes
  where delivery_changes.day < v_until - interval '9600 hours';
  return v_count;
end;
$$;

comment on function private.roll_up_deliveries is
'Sums up days of deliveries: those of which something changed since, and the next ones that ended
two days ago; at most so many, for 400 days. Returns how many.';
revoke all on function private.roll_up_deliveries from public;
grant execute on function private.roll_up_deliveries to service_role;
