-- The share of delivered messages counts what the platform took; whether the customer saw it only
-- some platforms tell.
create or replace function private.replies_since(p_since timestamptz)
returns table (channel text, figures jsonb)
language sql
stable
security invoker
set search_path = ''
as $$
  with counted as materialized (
    select
      coalesce(hours.channel_type, 'all') as channel,
      hours.metric_name as name,
      hours.bucket,
      sum(hours.count) as count,
      sum(hours.total) as total
    from private.hours_since(p_since) as hours
    group by grouping sets (
      (hours.metric_name, hours.bucket), (hours.channel_type, hours.metric_name, hours.bucket)
    )
  ),

  summed as (
    select
      counted.channel,
      jsonb_object_agg(counted.name, counted.count) as counts,
      jsonb_object_agg(counted.name, counted.total) as totals
    from (
      select counted.channel, counted.name, sum(counted.count) as count, sum(counted.total) as total
      from counted
      group by counted.channel, counted.name
    ) as counted
    group by counted.channel
  ),

  spread as (
    select
      counted.channel,
      private.bucket_percentile(
        array_agg(counted.bucket::integer order by counted.bucket),
        array_agg(counted.count::bigint order by counted.bucket), 0.95
      ) as p95
    from counted
    where counted.name = 'ai_response_time'
    group by counted.channel
  )

  select summed.channel, private.figures_from(summed.counts, summed.totals, spread.p95)
  from summed
  left join spread on spread.channel = summed.channel;
$$;

comment on function private.replies_since is
'What happened since a time, and how fast, how sure and how reliably was answered: of all, and of
each channel that had anything.';
revoke all on function private.replies_since from public;
grant execute on function private.replies_since to authenticated, service_role;
