-- One order for everybody: conversations, then deliveries, then messages, each by id. A receipt
-- goes from the delivery to its message; a change must not come the other way.
create or replace function private.lock_targets(
  p_items private.inbound_item[],
  p_message_ids uuid[]
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform 1
  from public.conversations
  where conversations.id in (
    select messages.conversation_id
    from public.messages
    where messages.id = any (p_message_ids)
  )
  order by conversations.id
  for no key update;

  perform 1
  from private.deliveries
  where deliveries.id in (
    select changed.id
    from private.deliveries as changed
    where changed.message_id = any (p_message_ids)
    union all
    select private.delivery_of(
      items.channel_id, items.item ->> 'external_id', items.item ->> 'tracker'
    )
    from unnest(p_items) as items
    where items.item ->> 'kind' = 'receipt'
  )
  order by deliveries.id
  for no key update;
end;
$$;

comment on function private.lock_targets is
'Locks what a batch''s reactions, edits and revokes will change, and its receipts with them.';
revoke all on function private.lock_targets from public;
grant execute on function private.lock_targets to service_role;
