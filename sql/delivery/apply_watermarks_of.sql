create or replace function private.apply_watermarks_of(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_status text;
begin
  for v_status in
    select watermarks.status
    from public.conversations
    join private.watermarks
      on watermarks.customer_id = conversations.customer_id
      and watermarks.channel_id = p_delivery.channel_id
    where conversations.id = p_delivery.conversation_id
      and watermarks.until >= p_delivery.attempted_at
    order by private.delivery_rank(watermarks.status)
  loop
    perform private.move_delivery(p_delivery.id, v_status);
  end loop;
end;
$$;

comment on function private.apply_watermarks_of is
'Raises a delivery that was just taken to what a watermark has said of it meanwhile.';
revoke all on function private.apply_watermarks_of from public;
grant execute on function private.apply_watermarks_of to service_role;
