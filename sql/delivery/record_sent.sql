create or replace function private.record_sent(
  p_delivery private.deliveries,
  p_external_ids text[]
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_external_id text := p_external_ids[1];
begin
  update private.deliveries
  set
    external_id = v_external_id,
    part_ids = case when cardinality(p_external_ids) > 1 then p_external_ids else '{}' end,
    lease_until = null
  where deliveries.id = p_delivery.id;

  perform private.name_message(p_delivery, v_external_id);
  perform private.unblock_channel(p_delivery.channel_id, false);
  perform private.move_delivery(p_delivery.id, 'sent');

  update private.receipts
  set delivery_id = p_delivery.id
  where receipts.channel_id = p_delivery.channel_id
    and receipts.external_id = any (p_external_ids)
    and receipts.delivery_id is null;

  perform private.apply_receipts_of(p_delivery.id);
  perform private.apply_watermarks_of(p_delivery);
  return (
    select deliveries.state
    from private.deliveries
    where deliveries.id = p_delivery.id
  );
end;
$$;

comment on function private.record_sent is
'The platform took a delivery under these ids, one a part; receipts and watermarks that came before
are applied now.';
revoke all on function private.record_sent from public;
grant execute on function private.record_sent to service_role;
