create or replace function private.ingest_receipts(p_items private.inbound_item[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(sum(private.apply_receipts(reported.channel_id, reported.receipts)), 0)
    from (
      select items.channel_id, jsonb_agg(items.item order by items.place) as receipts
      from unnest(p_items) as items
      where items.item ->> 'kind' = 'receipt'
      group by items.channel_id
      order by items.channel_id
    ) as reported
  );
end;
$$;

comment on function private.ingest_receipts is
'Hands the receipts of a batch to the outbox, channel by channel; returns how many.';
revoke all on function private.ingest_receipts from public;
grant execute on function private.ingest_receipts to service_role;
