create or replace function private.last_mail(p_delivery private.deliveries)
returns public.messages
language sql
stable
security invoker
set search_path = ''
as $$
  select messages
  from public.messages
  where messages.conversation_id = p_delivery.conversation_id
    and messages.channel_id = p_delivery.channel_id
    and messages.external_message_id like '%@%'
    and messages.id <> p_delivery.message_id
    and messages.metadata -> 'automatic' is null
  order by messages.sender_type = 'customer' desc, messages.seq desc
  limit 1;
$$;

comment on function private.last_mail is
'The mail that a delivery answers: the customer''s last one, else our last one; null for none.';
revoke all on function private.last_mail from public;
grant execute on function private.last_mail to service_role;
