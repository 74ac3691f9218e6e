create or replace function private.retry_delivery(p_delivery_id uuid)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
begin
  update private.deliveries
  set
    state = 'queued', failures = 0, throttled_at = null, worker = null,
    next_attempt_at = clock_timestamp(),
    external_id = null, error_code = null, error = null, settled_at = null,
    address = case
      when deliveries.address is not null then coalesce(
        (
          select private.consented_email(conversations.customer_id)
          from public.conversations
          where conversations.id = deliveries.conversation_id
        ),
        deliveries.address
      )
    end,
    part_ids = case when deliveries.sent_at is null then deliveries.part_ids else '{}' end
  where deliveries.id = p_delivery_id and deliveries.state in ('failed', 'unknown', 'dead')
  returning * into v_delivery;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no dead delivery %s', p_delivery_id);
  end if;
  perform private.forget_sending(v_delivery);
  perform private.show_delivery(v_delivery);
  perform private.broadcast(array['worker'], array['deliveries'], array['{}'::jsonb]);
  return v_delivery.state;
end;
$$;

comment on function private.retry_delivery is
'Sends a failed, unknown or dead delivery again because a person said so: what was reported of the
former try is over; parts that went out in a broken try stay out, and a mail that continues a chat
goes to the address that its visitor has left by now. PT404.';
revoke all on function private.retry_delivery from public;
grant execute on function private.retry_delivery to service_role;
