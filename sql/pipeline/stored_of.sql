create or replace function private.stored_of(p_items private.inbound_item[])
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'messages', (
      select coalesce(
        jsonb_object_agg(
          messages.id,
          jsonb_build_object(
            'inbound_id', items.inbound_id,
            'external_id', messages.external_message_id,
            'content', messages.content,
            'message_type', messages.message_type,
            'reactions', messages.metadata -> 'reactions',
            'deleted', messages.deleted_at is not null
          )
        ),
        '{}'
      )
      from unnest(p_items) as items
      join public.messages
        on messages.channel_id = items.channel_id
        and messages.external_message_id
        in (items.item ->> 'external_id', items.item ->> 'target_id')
    ),
    'deliveries', (
      select coalesce(
        jsonb_object_agg(
          deliveries.id,
          jsonb_build_object('inbound_id', items.inbound_id, 'state', deliveries.state)
        ),
        '{}'
      )
      from unnest(p_items) as items
      join private.deliveries
        on deliveries.channel_id = items.channel_id
        and deliveries.external_id = items.item ->> 'external_id'
      where items.item ->> 'kind' = 'receipt'
    )
  );
end;
$$;

comment on function private.stored_of is
'What the database holds of what events say, to be compared: {messages: {id: …},
deliveries: {id: …}}.';
revoke all on function private.stored_of from public;
grant execute on function private.stored_of to service_role;
