create or replace function private.measure_delivery(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.record_metric(
    'delivery_time', private.milliseconds(p_delivery.sent_at - messages.created_at),
    p_delivery.conversation_id, p_delivery.channel_type
  )
  from public.messages
  where messages.id = p_delivery.message_id;
end;
$$;

comment on function private.measure_delivery is
'Measures how long a message waited until its platform took it.';
revoke all on function private.measure_delivery from public;
grant execute on function private.measure_delivery to service_role;
