create or replace function private.ingest_changes(
  p_channel_type text,
  p_items private.inbound_item[]
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item private.inbound_item;
begin
  for v_item in
    select items.*
    from unnest(p_items) as items
    where items.item ->> 'kind' in ('reaction', 'edit', 'revoke')
    order by items.place
  loop
    if not private.apply_change(v_item.channel_id, v_item.item) then
      insert into private.rejected_items (
        inbound_id, channel_type, channel_id, item, target_id, reason, is_parked
      )
      values (
        v_item.inbound_id, p_channel_type, v_item.channel_id, v_item.item,
        v_item.item ->> 'target_id', 'the message it is about has not come', true
      );
    end if;
  end loop;
end;
$$;

comment on function private.ingest_changes is
'Applies reactions, edits and revokes; one whose message has not come yet is parked.';
revoke all on function private.ingest_changes from public;
grant execute on function private.ingest_changes to service_role;
