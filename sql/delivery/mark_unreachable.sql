-- A customer who has written since the send began is back, whatever the platform said before.
create or replace function private.mark_unreachable(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if exists (
    select 1
    from public.messages
    where messages.conversation_id = p_delivery.conversation_id
      and messages.sender_type = 'customer'
      and messages.created_at > p_delivery.attempted_at
  ) then
    return;
  end if;

  perform private.set_reachable(customer_identities.id, false)
  from public.conversations
  join public.customer_identities
    on customer_identities.customer_id = conversations.customer_id
    and customer_identities.channel_id = p_delivery.channel_id
  where conversations.id = p_delivery.conversation_id
  order by customer_identities.id;
end;
$$;

comment on function private.mark_unreachable is
'The platform says that the customer of a delivery has stopped us: nothing more is sent to them
there until they write again.';
revoke all on function private.mark_unreachable from public;
grant execute on function private.mark_unreachable to service_role;
