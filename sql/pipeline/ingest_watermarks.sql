create or replace function private.ingest_watermarks(p_items private.inbound_item[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(sum(private.apply_watermarks(reported.channel_id, reported.marks)), 0)
    from (
      select items.channel_id, jsonb_agg(items.item order by items.place) as marks
      from unnest(p_items) as items
      where items.item ->> 'kind' = 'watermark'
      group by items.channel_id
      order by items.channel_id
    ) as reported
  );
end;
$$;

comment on function private.ingest_watermarks is
'Hands the watermarks of a batch to the outbox, channel by channel; returns how many rose.';
revoke all on function private.ingest_watermarks from public;
grant execute on function private.ingest_watermarks to service_role;
