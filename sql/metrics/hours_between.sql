create or replace function private.hours_between(p_from timestamptz, p_to timestamptz)
returns setof private.metric_hours
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    date_trunc('hour', realtime_metrics.timestamp, 'UTC'),
    realtime_metrics.channel_type,
    measured.name,
    case
      when measured.name = 'ai_response_time' then least(measured.value / 100, 30000)
      else 0
    end::integer::smallint,
    count(*),
    sum(measured.value)
  from public.realtime_metrics
  cross join lateral (
    values
      (realtime_metrics.metric_name, realtime_metrics.metric_value),
      ('ai_confidence', (realtime_metrics.metadata ->> 'confidence')::double precision)
  ) as measured (name, value)
  where realtime_metrics.timestamp >= p_from and realtime_metrics.timestamp < p_to
    and realtime_metrics.channel_type is not null and measured.value is not null
  group by 1, 2, 3, 4
  union all
  select
    date_trunc('hour', messages.created_at, 'UTC'), messages.channel_type, 'message', 0::smallint,
    count(*), count(*) filter (where messages.sender_type = 'customer')
  from public.messages
  where messages.created_at >= p_from and messages.created_at < p_to and not messages.is_private
  group by 1, 2;
end;
$$;

comment on function private.hours_between is
'Measurements and messages of a time, summed up by hour as metric_hours has them.';
revoke all on function private.hours_between from public;
grant execute on function private.hours_between to authenticated, service_role;
