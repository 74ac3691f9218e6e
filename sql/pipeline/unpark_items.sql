create or replace function private.unpark_items(p_messages private.inbound_message[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item private.rejected_items;
begin
  for v_item in
    select rejected_items.*
    from private.rejected_items
    join unnest(p_messages) as messages
      on messages.channel_id = rejected_items.channel_id
      and messages.external_id = rejected_items.target_id
    where rejected_items.is_parked and rejected_items.resolved_at is null
    order by rejected_items.id
    for update of rejected_items
  loop
    if private.apply_change(v_item.channel_id, v_item.item) then
      update private.rejected_items
      set resolved_at = clock_timestamp()
      where rejected_items.id = v_item.id;
    end if;
  end loop;
end;
$$;

comment on function private.unpark_items is
'Applies the reactions, edits and revokes that came before these messages.';
revoke all on function private.unpark_items from public;
grant execute on function private.unpark_items to service_role;
