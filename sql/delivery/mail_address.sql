create or replace function private.mail_address(
  p_delivery private.deliveries,
  p_asked public.messages
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_named text := case
    when p_asked.sender_type = 'customer'
      and p_asked.metadata #>> '{authentication,trusted}' = 'true'
      then p_asked.metadata ->> 'reply_to_address'
  end;
begin
  if p_delivery.identity_id is not null then
    return (
      select customer_identities.value
      from public.customer_identities
      where customer_identities.id = p_delivery.identity_id
        and private.may_write_to(customer_identities)
    );
  elsif p_delivery.content is not null then
    return (
      select private.chat_address(p_delivery, conversations.customer_id)
      from public.conversations
      where conversations.id = p_delivery.conversation_id
    );
  end if;

  return coalesce(
    v_named,
    case when p_asked.sender_type = 'customer' then p_asked.metadata ->> 'from' end,
    (
      select customer_identities.value
      from public.conversations
      join public.customer_identities
        on customer_identities.customer_id = conversations.customer_id
        and customer_identities.channel_id = p_delivery.channel_id
        and customer_identities.kind = 'email'
      where conversations.id = p_delivery.conversation_id
      order by customer_identities.created_at desc
      limit 1
    )
  );
end;
$$;

comment on function private.mail_address is
'Where a mail goes. In place of another channel and after a chat only where the customer agreed to,
else to the address that a trusted mail asked to be answered at, to who wrote the last one, to the
customer''s newest address; null for none.';
revoke all on function private.mail_address from public;
grant execute on function private.mail_address to service_role;
