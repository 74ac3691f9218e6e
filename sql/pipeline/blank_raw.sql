-- In lower case, as people write addresses as they like.
-- A value counts only as a whole: a phone number within a longer one is somebody else.
create or replace function private.blank_raw(p_values text[], p_inbound_ids bigint[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  delete from private.inbound_events
  where inbound_events.id = any (p_inbound_ids)
    or exists (
      select 1
      from (
        select lower(encode(inbound_events.body, 'escape'))
        offset 0
      ) as kept (body)
      cross join lateral (
        select lower(encode(convert_to(values_of.value, 'UTF8'), 'escape'))
        from unnest(p_values) as values_of (value)
      ) as named (value)
      where position(named.value in kept.body) > 0 and private.names(kept.body, named.value)
    );
  get diagnostics v_count = row_count;

  delete from private.rejected_items
  where rejected_items.inbound_id = any (p_inbound_ids)
    or exists (
      select 1
      from unnest(p_values) as named (value)
      where private.names(lower(rejected_items.item::text), lower(named.value))
    );

  delete from private.receipts
  where receipts.external_id = any (p_values);
  return v_count;
end;
$$;

comment on function private.blank_raw is
'Removes the kept requests with these ids, and all requests, rejected items and receipts that name
any of these values; returns how many requests. A request may hold other customers too: their
messages stay, only its bytes go.';
revoke all on function private.blank_raw from public;
grant execute on function private.blank_raw to service_role;
