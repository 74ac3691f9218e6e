create or replace function private.figures_between(p_from timestamptz, p_until timestamptz)
returns table (channel_id uuid, figure text, step smallint, count bigint)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    groups.channel_id,
    coalesce(
      groups.state::text,
      case
        when groups.accepted_step is not null then 'accepted'
        when groups.confirmed_step is not null then 'confirmed'
        when groups.is_seen then 'seen'
      end
    ),
    coalesce(groups.accepted_step, groups.confirmed_step, 0::smallint),
    groups.count
  from (
    select
      waits.channel_id, waits.state, waits.accepted_step, waits.confirmed_step, waits.is_seen,
      count(*) as count
    from (
      select
        deliveries.channel_id,
        deliveries.state,
        case when deliveries.sent_at is not null then ceil(50 * ln(greatest(
          date_part('epoch', deliveries.sent_at - deliveries.created_at) * 1000, 1
        )))::smallint end as accepted_step,
        case when deliveries.delivered_at is not null then ceil(50 * ln(greatest(
          date_part('epoch', deliveries.delivered_at - deliveries.sent_at) * 1000, 1
        )))::smallint end as confirmed_step,
        deliveries.read_at is not null as is_seen
      from private.deliveries
      where deliveries.created_at >= p_from and deliveries.created_at < p_until
    ) as waits
    group by grouping sets (
      (waits.channel_id, waits.state),
      (waits.channel_id, waits.accepted_step),
      (waits.channel_id, waits.confirmed_step),
      (waits.channel_id, waits.is_seen)
    )
  ) as groups
  where groups.state is not null
    or groups.accepted_step is not null
    or groups.confirmed_step is not null
    or groups.is_seen;
$$;

comment on function private.figures_between is
'The figures of the deliveries queued in a time, as delivery_figures has them for a day: in steps of
two per cent, as counting is faster than sorting.';
revoke all on function private.figures_between from public;
grant execute on function private.figures_between to authenticated, service_role;
