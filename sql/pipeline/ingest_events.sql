-- The one way in. A batch is one transaction: all of it is stored, or the platform sends it again.
-- Plans are kept and go by index: for a list of one Postgres would plan every statement anew at
-- every call, which takes longer than running it, and a table that is still small it would read
-- whole.
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
set plan_cache_mode = 'force_generic_plan'
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_material = off
as $$
declare
  v_ids bigint[] := case
    when p_inbound_ids is null
      then private.keep_requests(p_channel_type, p_bodies, p_headers, p_errors)
    else private.settle_requests(p_inbound_ids, p_errors)
  end;
  v_items private.inbound_item[] := private.read_items(p_channel_type, v_ids, p_events);
  v_rejected integer := private.reject_items(p_channel_type, v_items);
  v_kinds jsonb := jsonb_path_query_array(p_events, '$[*][*].kind');
begin
  if v_rejected > 0 then
    select
      coalesce(array_agg(items order by items.place), '{}'),
      coalesce(jsonb_agg(items.item -> 'kind'), '[]')
    into v_items, v_kinds
    from unnest(v_items) as items
    where private.item_fault(items) is null;
  end if;

  return jsonb_build_object('inbound_ids', to_jsonb(v_ids), 'rejected', v_rejected)
    || private.store_items(p_channel_type, v_items, v_kinds);
end;
$$;

comment on function private.ingest_events is
'Takes n authentic requests at once: keeps their bytes, stores what they say, drops duplicates.
p_headers and p_events hold an object and a list of events per request (romashka/channels/base.py),
p_errors why a request could not be parsed. p_inbound_ids replays kept requests instead.
Returns {inbound_ids, messages, duplicates, receipts, rejected}.';
revoke all on function private.ingest_events from public;
grant execute on function private.ingest_events to service_role;
