-- The platform itself says that the message did not arrive, so sending it anew makes no second one;
-- of several parts others may have arrived, there a person decides.
create or replace function private.requeue_delivery(
  p_delivery_id uuid,
  p_code text,
  p_error text
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
  v_class text := private.failure_class('whatsapp', p_code);
  v_pause interval := case
    when p_code = '131048' then interval '1 hour'
    else interval '6 seconds'
  end;
begin
  update private.deliveries
  set
    state = 'queued', failures = deliveries.failures + (v_class = 'transient')::integer,
    throttled_at = case
      when v_class = 'throttled' then coalesce(deliveries.throttled_at, clock_timestamp())
    end,
    worker = null, lease_until = null, external_id = null,
    error_code = left(p_code, 100), error = left(p_error, 1000),
    next_attempt_at = clock_timestamp() + greatest(v_pause, private.retry_delay(
      case v_class when 'throttled' then least(deliveries.attempts, 5) when 'account' then 1
        else deliveries.failures + 1 end
    ))
  where deliveries.id = p_delivery_id
    and private.fails_for_now(deliveries, p_code)
  returning * into v_delivery;

  if not found then
    return false;
  end if;
  perform private.forget_sending(v_delivery);
  perform private.show_delivery(v_delivery);
  perform private.blame_channel(v_delivery);
  -- 131056 is about this one customer alone.
  if v_class = 'throttled' and p_code <> '131056' then
    perform private.pause_channel(v_delivery.channel_id, v_pause, p_error);
  end if;
  return true;
end;
$$;

comment on function private.requeue_delivery is
'Sends a message again that the platform took and then failed for a reason that will pass; true when
it will be (R72).';
revoke all on function private.requeue_delivery from public;
grant execute on function private.requeue_delivery to service_role;
