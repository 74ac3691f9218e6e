create or replace function private.performance_of(p_since timestamptz)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with rated as (
    select
      coalesce(conversations.channel_type, 'all') as channel,
      jsonb_build_object(
        'satisfaction', round(avg(csat_responses.rating), 2), 'ratings', count(*)
      ) as figures
    from public.csat_responses
    join public.conversations on conversations.id = csat_responses.conversation_id
    where csat_responses.updated_at >= p_since
    group by grouping sets ((), (conversations.channel_type))
  ),

  scopes as (
    select channels.type as channel
    from public.channels
    union
    select 'all'
  )

  select jsonb_object_agg(
    scopes.channel,
    jsonb_build_object(
      'avgResponseTime', null, 'p95ResponseTime', null, 'aiConfidence', null,
      'aiResolutionRate', null, 'messageDeliveryRate', null, 'errorRate', null,
      'answered', 0, 'handedOver', 0, 'messages', 0, 'customerMessages', 0,
      'satisfaction', null, 'ratings', 0
    )
    || coalesce(replies.figures, '{}')
    || coalesce(rated.figures, '{}')
  )
  from scopes
  left join private.replies_since(p_since) as replies on replies.channel = scopes.channel
  left join rated on rated.channel = scopes.channel;
$$;

comment on function private.performance_of is
'The figures since a time under the names of get_performance_metrics: of all channels together
(all), and of each.';
revoke all on function private.performance_of from public;
grant execute on function private.performance_of to authenticated, service_role;
