create or replace function private.move_delivery(
  p_delivery_id uuid,
  p_state text,
  p_code text default null,
  p_error text default null
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
  v_now timestamptz := clock_timestamp();
  v_known boolean;
  v_failed boolean;
begin
  select deliveries.sent_at is not null, deliveries.state = 'failed' into v_known, v_failed
  from private.deliveries
  where deliveries.id = p_delivery_id
    and private.delivery_rank(p_state) > private.delivery_rank(deliveries.state)
  for no key update;

  if not found then
    return false;
  end if;

  update private.deliveries
  set
    state = p_state,
    lease_until = null,
    error_code = coalesce(p_code, deliveries.error_code),
    error = coalesce(p_error, deliveries.error),
    sent_at = case when p_state = 'failed' then deliveries.sent_at
      else coalesce(deliveries.sent_at, v_now) end,
    delivered_at = case when p_state in ('delivered', 'read')
      then coalesce(deliveries.delivered_at, v_now) else deliveries.delivered_at end,
    read_at = case when p_state = 'read' then v_now else deliveries.read_at end
  where deliveries.id = p_delivery_id
  returning * into v_delivery;

  perform private.reroute(v_delivery, v_failed);
  perform private.show_delivery(v_delivery);
  if not v_known and v_delivery.sent_at is not null then
    perform private.measure_delivery(v_delivery);
  end if;
  return true;
end;
$$;

comment on function private.move_delivery is
'Raises a delivery''s state, never lowers it (U3), and shows it on the message; one that fails late
goes by another channel where there is one (R73). True when it rose.';
revoke all on function private.move_delivery from public;
grant execute on function private.move_delivery to service_role;
