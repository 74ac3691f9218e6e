create or replace function private.forget_sending(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.receipts
  set delivery_id = null
  where receipts.delivery_id = p_delivery.id;

  update public.messages
  set external_message_id = null
  where messages.id = p_delivery.message_id and messages.channel_id = p_delivery.channel_id;
end;
$$;

comment on function private.forget_sending is
'What is sent anew goes under another id: receipts of the earlier one do not count any more.';
revoke all on function private.forget_sending from public;
grant execute on function private.forget_sending to service_role;
