create or replace function private.receipt_of_parts(p_delivery private.deliveries)
returns private.receipts
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_worst private.receipts;
begin
  select best.* into v_worst
  from (
    select distinct on (parts.id) receipts.*
    from unnest(p_delivery.part_ids) as parts (id)
    left join private.receipts
      on receipts.delivery_id = p_delivery.id and receipts.external_id = parts.id
    order by parts.id, private.delivery_rank(receipts.status) desc nulls last
  ) as best
  order by
    (best.status = 'failed') is true desc,
    private.delivery_rank(best.status) nulls first
  limit 1;
  return v_worst;
end;
$$;

comment on function private.receipt_of_parts is
'What the receipts of a delivery in several parts say of the whole: of each part its best counts, of
the parts the worst, a failed one before all. Null while of one nothing is known.';
revoke all on function private.receipt_of_parts from public;
grant execute on function private.receipt_of_parts to service_role;
