create or replace function private.reject_items(
  p_channel_type text,
  p_items private.inbound_item[]
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into private.rejected_items (inbound_id, channel_type, channel_id, item, reason)
  select items.inbound_id, p_channel_type, items.channel_id, items.item, faults.reason
  from unnest(p_items) as items
  cross join lateral private.item_fault(items) as faults (reason)
  where faults.reason is not null
  order by items.place;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.reject_items is
'Puts the events that cannot be taken among the dead letters, with the reason; returns how many.';
revoke all on function private.reject_items from public;
grant execute on function private.reject_items to service_role;
