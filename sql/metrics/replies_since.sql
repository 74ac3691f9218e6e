-- The share of delivered messages counts what the platform took; whether the customer saw it only
-- some platforms tell.
create or replace function private.replies_since(p_since timestamptz)
returns table (channel text, figures jsonb)
language sql
stable
security invoker
set search_path = ''
as $$
  with measured as (
    select
      coalesce(realtime_metrics.channel_type, 'all') as channel,
      avg(realtime_metrics.metric_value)
        filter (where realtime_metrics.metric_name = 'ai_response_time') as response_time,
      percentile_cont(0.95) within group (order by realtime_metrics.metric_value)
        filter (where realtime_metrics.metric_name = 'ai_response_time') as response_time_p95,
      avg((realtime_metrics.metadata ->> 'confidence')::double precision)
        filter (where realtime_metrics.metric_name = 'ai_response_time') as confidence,
      count(*) filter (where realtime_metrics.metric_name = 'ai_response_time') as answered,
      count(*) filter (where realtime_metrics.metric_name = 'hand_over') as handed_over,
      count(*) filter (where realtime_metrics.metric_name = 'delivery_time') as taken,
      count(*) filter (where realtime_metrics.metric_name = 'delivery_failed') as failed
    from public.realtime_metrics
    where realtime_metrics.timestamp >= p_since and realtime_metrics.channel_type is not null
    group by grouping sets ((), (realtime_metrics.channel_type))
  )

  select measured.channel, jsonb_build_object(
    'avgResponseTime', round(measured.response_time::numeric, 1),
    'p95ResponseTime', round(measured.response_time_p95::numeric, 1),
    'aiConfidence', round(measured.confidence::numeric, 3),
    'aiResolutionRate', round(
      measured.answered::numeric / nullif(measured.answered + measured.handed_over, 0), 4
    ),
    'messageDeliveryRate', round(
      measured.taken::numeric / nullif(measured.taken + measured.failed, 0), 5
    ),
    'errorRate', round(measured.failed::numeric / nullif(measured.taken + measured.failed, 0), 5),
    'answered', measured.answered,
    'handedOver', measured.handed_over
  )
  from measured;
$$;

comment on function private.replies_since is
'How fast, how sure and how reliably was answered since a time: of all, and of each channel that
measured anything.';
revoke all on function private.replies_since from public;
grant execute on function private.replies_since to authenticated, service_role;
