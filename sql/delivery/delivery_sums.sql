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
    groups.channel_id,
    sum(groups.count)::bigint,
    coalesce(sum(groups.count) filter (where groups.accepted_step is not null), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.confirmed_step is not null), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.is_read), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.state = 'failed'), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.state = 'unknown'), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.state = 'dead'), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.state in ('queued', 'sending')), 0)::bigint,
    private.wait_percentiles(array_agg(groups.accepted_step), array_agg(groups.count)),
    private.wait_percentiles(array_agg(groups.confirmed_step), array_agg(groups.count))
  from private.delivery_groups(p_window) as groups
  group by groups.channel_id;
$$;

comment on function private.delivery_sums is
'The counts and the percentiles (50, 95, 99) of the outbox by channel, over so long.';
revoke all on function private.delivery_sums from public;
grant execute on function private.delivery_sums to authenticated, service_role;
