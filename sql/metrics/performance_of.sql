-- The share of delivered messages counts what the platform took; whether the customer saw it only
-- some platforms tell.
create or replace function private.performance_of(p_since timestamptz, p_channel_type text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with measured as (
    select
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
    where realtime_metrics.timestamp >= p_since
      and (p_channel_type is null or realtime_metrics.channel_type = p_channel_type)
  ),

  said as (
    select
      count(*) as messages,
      count(*) filter (where messages.sender_type = 'customer') as customer_messages
    from public.messages
    where messages.created_at >= p_since
      and not messages.is_private
      and (p_channel_type is null or messages.channel_type = p_channel_type)
  ),

  rated as (
    select avg(csat_responses.rating) as rating, count(*) as ratings
    from public.csat_responses
    join public.conversations on conversations.id = csat_responses.conversation_id
    where csat_responses.updated_at >= p_since
      and (p_channel_type is null or conversations.channel_type = p_channel_type)
  )

  select jsonb_build_object(
    'avgResponseTime', round(measured.response_time::numeric, 1),
    'p95ResponseTime', round(measured.response_time_p95::numeric, 1),
    'aiConfidence', round(measured.confidence::numeric, 3),
    'aiResolutionRate', round(
      measured.answered::numeric / nullif(measured.answered + measured.handed_over, 0), 4
    ),
    'messageDeliveryRate', round(
      measured.taken::numeric / nullif(measured.taken + measured.failed, 0), 5
    ),
    'errorRate', round(
      measured.failed::numeric / nullif(measured.taken + measured.failed, 0), 5
    ),
    'answered', measured.answered,
    'handedOver', measured.handed_over,
    'messages', said.messages,
    'customerMessages', said.customer_messages,
    'satisfaction', round(rated.rating, 2),
    'ratings', rated.ratings
  )
  from measured, said, rated;
$$;

comment on function private.performance_of is
'One channel''s figures (or all, null) since a time, in the names of get_performance_metrics.';
revoke all on function private.performance_of from public;
grant execute on function private.performance_of to authenticated, service_role;
