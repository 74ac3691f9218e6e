create or replace function private.find_senders(p_items private.inbound_item[])
returns private.inbound_message[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return array(
    select
      row(
        fresh.place, fresh.channel_id, fresh.external_id, fresh.customer_id,
        fresh.conversation_id, fresh.item
      )::private.inbound_message
    from (
      select distinct on (items.channel_id, items.item ->> 'external_id')
        items.place,
        items.channel_id,
        items.item ->> 'external_id' as external_id,
        known.customer_id,
        conversations.id as conversation_id,
        items.item
      from unnest(p_items) as items
      left join lateral (
        select customer_identities.customer_id
        from jsonb_array_elements(items.item -> 'identities') with ordinality as named (item, place)
        join public.customer_identities
          on customer_identities.channel_id = items.channel_id
          and customer_identities.kind = named.item ->> 'kind'
          and customer_identities.value = named.item ->> 'value'
        order by named.place
        limit 1
      ) as known on true
      left join public.conversations
        on conversations.customer_id = known.customer_id
        and conversations.channel_id = items.channel_id
        and conversations.status <> 'resolved'
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
conversation where both are known already.';
revoke all on function private.find_senders from public;
grant execute on function private.find_senders to service_role;
