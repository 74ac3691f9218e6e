create or replace function private.call_off_fallback(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  delete from private.deliveries
  where deliveries.message_id = p_delivery.message_id
    and deliveries.id <> p_delivery.id
    and deliveries.state = 'queued'
    and deliveries.attempts = 0;
end;
$$;

comment on function private.call_off_fallback is
'A message that was reported as failed has arrived after all: what nobody has begun to send by
another channel is not sent.';
revoke all on function private.call_off_fallback from public;
grant execute on function private.call_off_fallback to service_role;
