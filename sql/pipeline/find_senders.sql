create or replace function private.find_senders(p_items private.inbound_item[])
returns private.inbound_message[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return array(
    select row(fresh.*)::private.inbound_message
    from (
      select distinct on (items.channel_id, items.item ->> 'external_id')
        items.inbound_id, items.place, items.channel_id,
        items.item ->> 'external_id' as external_id, sender.sender as customer_id,
        conversations.id as conversation_id,
        known.has_new_names or sender.sender <> any (known.customer_ids) or (
          coalesce(conversations.customer_name, '') in ('', conversations.customer_phone)
          and items.item ->> 'customer_name' is not null
        ) is true as has_new_names, items.item
      from unnest(p_items) as items
      cross join lateral (
        select
          array_agg(customer_identities.customer_id order by named.place)
          filter (where customer_identities.customer_id is not null) as customer_ids,
          bool_or(customer_identities.customer_id is null) as has_new_names
        from jsonb_array_elements(items.item -> 'identities') with ordinality as named (item, place)
        left join public.customer_identities
          on customer_identities.channel_id = items.channel_id
          and customer_identities.kind = named.item ->> 'kind'
          and customer_identities.value = named.item ->> 'value'
      ) as known
      cross join lateral private.sender_of(known.customer_ids, known.has_new_names, items) as sender
      left join public.conversations
        on conversations.customer_id = sender.sender
        and conversations.channel_id = items.channel_id
        and conversations.thread = ''
        and conversations.status <> 'resolved'
        and items.item ->> 'thread' is null
      where items.item ->> 'kind' = 'message' and not exists (
        select 1
        from public.messages
        where messages.channel_id = items.channel_id
          and messages.external_message_id = items.item ->> 'external_id'
      )
      order by items.channel_id, items.item ->> 'external_id', items.place
    ) as fresh
    order by fresh.place
  );
end;
$$;

comment on function private.find_senders is
'The messages of a batch that are not stored yet, once each, with the customer and the open
conversation where they are known already, and whether the customer comes with a new name. Which
conversation a mail belongs to is found later.';
revoke all on function private.find_senders from public;
grant execute on function private.find_senders to service_role;
