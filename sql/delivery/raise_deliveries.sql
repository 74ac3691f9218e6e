-- Only what the platform is known to have taken: a mark proves nothing of an unanswered send.
create or replace function private.raise_deliveries(
  p_channel_id uuid,
  p_customer_id uuid,
  p_status text,
  p_until timestamptz
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery_id uuid;
  v_count integer := 0;
begin
  for v_delivery_id in
    select deliveries.id
    from public.conversations
    join private.deliveries
      on deliveries.conversation_id = conversations.id
      and deliveries.channel_id = p_channel_id
    where conversations.customer_id = p_customer_id
      and deliveries.state in ('sent', 'delivered')
      and deliveries.state <> p_status
      and deliveries.attempted_at <= p_until
    order by deliveries.id
  loop
    v_count := v_count + private.move_delivery(v_delivery_id, p_status)::integer;
  end loop;
  return v_count;
end;
$$;

comment on function private.raise_deliveries is
'Raises what a customer was sent before a moment to delivered or read; returns how many rose.';
revoke all on function private.raise_deliveries from public;
grant execute on function private.raise_deliveries to service_role;
