create or replace function private.blank_raw(p_values text[])
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
  where exists (
    select 1
    from unnest(p_values) as named (value)
    where position(convert_to(named.value, 'UTF8') in inbound_events.body) > 0
  );
  get diagnostics v_count = row_count;

  delete from private.rejected_items
  where exists (
    select 1
    from unnest(p_values) as named (value)
    where position(named.value in rejected_items.item::text) > 0
  );

  delete from private.receipts
  where receipts.external_id = any (p_values);
  return v_count;
end;
$$;

comment on function private.blank_raw is
'Removes kept requests, rejected items and receipts that name any of these values; returns how many
requests.
A request may hold other customers too: their messages stay, only its bytes go.';
revoke all on function private.blank_raw from public;
grant execute on function private.blank_raw to service_role;
