create or replace function private.delivery_sums(p_window interval)
returns table (
  channel_id uuid, attempted bigint, accepted bigint, confirmed bigint, read bigint,
  failed bigint, unknown bigint, dead bigint, pending bigint,
  accepted_ms double precision[], confirmed_ms double precision[]
)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    sums.channel_id,
    sum(sums.count) filter (where sums.figure not in ('accepted', 'confirmed', 'seen'))::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'accepted'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'confirmed'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'seen'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'failed'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'unknown'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'dead'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure in ('queued', 'sending')), 0)::bigint,
    private.wait_percentiles(
      array_agg(sums.step) filter (where sums.figure = 'accepted'),
      array_agg(sums.count) filter (where sums.figure = 'accepted')
    ),
    private.wait_percentiles(
      array_agg(sums.step) filter (where sums.figure = 'confirmed'),
      array_agg(sums.count) filter (where sums.figure = 'confirmed')
    )
  from (
    select figures.channel_id, figures.figure, figures.step, sum(figures.count)::bigint as count
    from private.figures_since(private.looked_back_to(p_window)) as figures
    group by 1, 2, 3
  ) as sums
  group by sums.channel_id;
$$;

comment on function private.delivery_sums is
'The counts and the percentiles (50, 95, 99) of the outbox by channel, over so long.';
revoke all on function private.delivery_sums from public;
grant execute on function private.delivery_sums to authenticated, service_role;
