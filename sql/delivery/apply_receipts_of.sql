create or replace function private.apply_receipts_of(p_delivery_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
  v_receipt private.receipts;
begin
  select deliveries.* into v_delivery
  from private.deliveries
  where deliveries.id = p_delivery_id
  for no key update;

  if v_delivery.external_id is null and private.may_have_parts(v_delivery) then
    return;
  elsif v_delivery.part_ids <> '{}' then
    perform private.move_delivery(p_delivery_id, worst.status, worst.error_code, worst.error)
    from private.receipt_of_parts(v_delivery) as worst;
    return;
  end if;

  for v_receipt in
    select receipts.*
    from private.receipts
    where receipts.delivery_id = p_delivery_id
      and receipts.external_id = coalesce(v_delivery.external_id, receipts.external_id)
    order by private.delivery_rank(receipts.status)
  loop
    continue when v_receipt.status = 'failed' and private.requeue_delivery(
      p_delivery_id, v_receipt.error_code, v_receipt.error
    );
    perform private.move_delivery(
      p_delivery_id, v_receipt.status, v_receipt.error_code, v_receipt.error
    );
  end loop;

  update private.deliveries
  set external_id = (
    select receipts.external_id
    from private.receipts
    where receipts.delivery_id = p_delivery_id
    limit 1
  )
  where deliveries.id = p_delivery_id and deliveries.external_id is null;
end;
$$;

comment on function private.apply_receipts_of is
'Moves a delivery to the highest state its receipts report; those of an earlier try that was sent
under another id do not count. Of several parts a receipt is proof of one alone: it waits for the
report of the whole.';
revoke all on function private.apply_receipts_of from public;
grant execute on function private.apply_receipts_of to service_role;
