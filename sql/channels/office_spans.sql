-- A day's hours are told in local time and turned into moments one by one, so that nine o'clock
-- stays nine o'clock on both sides of a change to summer time.
create or replace function private.office_spans(p_channel_id uuid, p_from date, p_days integer)
returns table (opens_at timestamptz, closes_at timestamptz)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    (days.day::date + office_hours.opens) at time zone zone.name,
    (days.day::date + office_hours.closes) at time zone zone.name
  from generate_series(p_from::timestamp, p_from + p_days, interval '1 day') as days (day)
  join public.office_hours on office_hours.weekday = extract(isodow from days.day)
  cross join private.office_zone() as zone (name)
  where office_hours.channel_id is not distinct from (
    select own.channel_id
    from public.office_hours as own
    where own.channel_id = p_channel_id
    limit 1
  )
  and not exists (
    select 1
    from public.office_closures
    where office_closures.day = days.day::date
      and coalesce(office_closures.channel_id, p_channel_id) is not distinct from p_channel_id
  )
  order by 1;
$$;

comment on function private.office_spans is
'When the office is open, from a day on: the channel''s own hours if it has any, else those of all;
days on which it is closed are left out.';
revoke all on function private.office_spans from public;
grant execute on function private.office_spans to service_role;
