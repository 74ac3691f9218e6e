-- A receipt and the report of the send it is about may pass each other in two transactions, neither
-- of which sees the other.
create or replace function private.settle_receipts()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery_id uuid;
  v_count integer := 0;
begin
  for v_delivery_id in
    with settled as (
      update private.receipts
      set delivery_id = found.delivery_id
      from (
        select
          parked.id,
          private.delivery_of(parked.channel_id, parked.external_id, null) as delivery_id
        from private.receipts as parked
        where parked.delivery_id is null
          and parked.received_at > statement_timestamp() - interval '10 minutes'
      ) as found
      where receipts.id = found.id and found.delivery_id is not null
      returning receipts.delivery_id
    )

    select distinct settled.delivery_id
    from settled
    order by 1
  loop
    perform private.apply_receipts_of(v_delivery_id);
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;

comment on function private.settle_receipts is
'Applies receipts of the last ten minutes whose delivery has become known; returns how many moved.';
revoke all on function private.settle_receipts from public;
grant execute on function private.settle_receipts to service_role;
