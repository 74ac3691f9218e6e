-- The one way in. A batch is one transaction: all of it is stored, or the platform sends it again.
create or replace function private.ingest_events(
  p_channel_type text,
  p_bodies bytea[],
  p_headers jsonb,
  p_events jsonb,
  p_errors text[],
  p_inbound_ids bigint[] default null
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_ids bigint[] := case
    when p_inbound_ids is null
      then private.keep_requests(p_channel_type, p_bodies, p_headers, p_errors)
    else private.settle_requests(p_inbound_ids, p_errors)
  end;
  v_items private.inbound_item[] := private.read_items(p_channel_type, v_ids, p_events);
  v_rejected integer := private.reject_items(p_channel_type, v_items);
  v_messages integer;
  v_stored integer;
begin
  if v_rejected > 0 then
    select coalesce(array_agg(items order by items.place), '{}') into v_items
    from unnest(v_items) as items
    where private.item_fault(items) is null;
  end if;

  perform private.ingest_identity_changes(v_items);
  v_stored := private.ingest_messages(v_items);
  perform private.ingest_changes(p_channel_type, v_items);

  select count(*) into v_messages
  from unnest(v_items) as items
  where items.item ->> 'kind' = 'message';

  return jsonb_build_object(
    'inbound_ids', to_jsonb(v_ids),
    'messages', v_stored,
    'duplicates', v_messages - v_stored,
    'receipts', private.ingest_receipts(v_items),
    'rejected', v_rejected
  );
end;
$$;

comment on function private.ingest_events is
'Takes n authentic requests at once: keeps their bytes, stores what they say, drops duplicates.
p_headers and p_events hold an object and a list of events per request (romashka/channels/base.py),
p_errors why a request could not be parsed. p_inbound_ids replays kept requests instead.
Returns {inbound_ids, messages, duplicates, receipts, rejected}.';
revoke all on function private.ingest_events from public;
grant execute on function private.ingest_events to service_role;
