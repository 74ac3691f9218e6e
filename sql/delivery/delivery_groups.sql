create or replace function private.delivery_groups(p_window interval)
returns table (
  channel_id uuid,
  state text,
  accepted_step smallint,
  confirmed_step smallint,
  is_read boolean,
  count bigint
)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    deliveries.channel_id,
    deliveries.state,
    case when deliveries.sent_at is not null then ceil(50 * ln(greatest(
      date_part('epoch', deliveries.sent_at - deliveries.created_at) * 1000, 1
    )))::smallint end as accepted_step,
    case when deliveries.delivered_at is not null then ceil(50 * ln(greatest(
      date_part('epoch', deliveries.delivered_at - deliveries.sent_at) * 1000, 1
    )))::smallint end as confirmed_step,
    deliveries.read_at is not null as is_read,
    count(*) as count
  from private.deliveries
  where deliveries.created_at > statement_timestamp() - p_window
  group by 1, 2, 3, 4, 5;
$$;

comment on function private.delivery_groups is
'How many messages of so long are in which state by channel and waited how long, in steps of two
per cent (milliseconds are e to the power of step / 50): counting is faster than sorting.';
revoke all on function private.delivery_groups from public;
grant execute on function private.delivery_groups to authenticated, service_role;
