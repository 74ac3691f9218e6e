-- What is parked and the message it is about may pass each other in two transactions, neither of
-- which sees the other.
create or replace function private.settle_parked()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_items private.inbound_item[];
  v_item private.rejected_items;
  v_count integer := 0;
begin
  select array_agg(
    row(null, null, rejected_items.channel_id, rejected_items.item)::private.inbound_item
  )
  into v_items
  from private.rejected_items
  where rejected_items.is_parked and rejected_items.resolved_at is null;
  perform private.lock_targets(v_items, private.targets_of(v_items));

  for v_item in
    select rejected_items.*
    from private.rejected_items
    where rejected_items.is_parked and rejected_items.resolved_at is null
    order by rejected_items.id
    for update skip locked
  loop
    if private.apply_change(v_item.channel_id, v_item.item) then
      update private.rejected_items
      set resolved_at = clock_timestamp()
      where rejected_items.id = v_item.id;
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end;
$$;

comment on function private.settle_parked is
'Applies parked reactions, edits and revokes whose message is here after all; returns how many.';
revoke all on function private.settle_parked from public;
grant execute on function private.settle_parked to service_role;
