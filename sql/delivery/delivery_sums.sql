create or replace function private.delivery_sums(p_window interval)
returns table (
  channel_id uuid,
  attempted bigint,
  accepted bigint,
  confirmed bigint,
  read bigint,
  failed bigint,
  unknown bigint,
  dead bigint,
  pending bigint,
  accepted_ms double precision[],
  confirmed_ms double precision[]
)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    deliveries.channel_id,
    count(*),
    count(deliveries.sent_at),
    count(deliveries.delivered_at),
    count(deliveries.read_at),
    count(*) filter (where deliveries.state = 'failed'),
    count(*) filter (where deliveries.state = 'unknown'),
    count(*) filter (where deliveries.state = 'dead'),
    count(*) filter (where deliveries.state in ('queued', 'sending')),
    percentile_cont('{0.5,0.95,0.99}'::double precision[]) within group (
      order by extract(epoch from deliveries.sent_at - deliveries.created_at)::double precision
        * 1000
    ) filter (where deliveries.sent_at is not null),
    percentile_cont('{0.5,0.95,0.99}'::double precision[]) within group (
      order by extract(epoch from deliveries.delivered_at - deliveries.sent_at)::double precision
        * 1000
    ) filter (where deliveries.delivered_at is not null)
  from private.deliveries
  where deliveries.created_at > statement_timestamp() - p_window
  group by deliveries.channel_id;
$$;

comment on function private.delivery_sums is
'The counts and the percentiles (50, 95, 99) of the outbox by channel, over so long.';
revoke all on function private.delivery_sums from public;
grant execute on function private.delivery_sums to authenticated, service_role;
