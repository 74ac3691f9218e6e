create or replace function private.performance_of(p_since timestamptz, p_channel_type text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with said as (
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

  select private.replies_since(p_since, p_channel_type) || jsonb_build_object(
    'messages', said.messages,
    'customerMessages', said.customer_messages,
    'satisfaction', round(rated.rating, 2),
    'ratings', rated.ratings
  )
  from said, rated;
$$;

comment on function private.performance_of is
'One channel''s figures (or all, null) since a time, in the names of get_performance_metrics.';
revoke all on function private.performance_of from public;
grant execute on function private.performance_of to authenticated, service_role;
