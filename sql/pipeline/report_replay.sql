create or replace function private.report_replay(
  p_items private.inbound_item[],
  p_ids bigint[],
  p_before jsonb,
  p_last_rejected bigint
)
returns setof jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_after jsonb := private.stored_of(p_items);
begin
  return query
  select jsonb_build_object(
    'inbound_id', inbound_events.id,
    'was', p_before -> 'states' -> inbound_events.id::text,
    'becomes', to_jsonb(inbound_events.state),
    'error', to_jsonb(inbound_events.error),
    'messages', private.changes_between('messages', p_before, v_after, inbound_events.id),
    'receipts', private.changes_between('deliveries', p_before, v_after, inbound_events.id),
    'reads_otherwise', private.read_otherwise(p_items, inbound_events.id),
    'rejected', (
      select coalesce(jsonb_agg(
        jsonb_build_object('reason', rejected_items.reason, 'parked', rejected_items.is_parked)
        order by rejected_items.id
      ), '[]')
      from private.rejected_items
      where rejected_items.inbound_id = inbound_events.id
        and rejected_items.id > p_last_rejected
    ),
    'understood', greatest(
      coalesce((p_before -> 'rejected' -> inbound_events.id::text)::integer, 0) - (
        select count(*)
        from private.rejected_items
        where rejected_items.inbound_id = inbound_events.id
          and rejected_items.id > p_last_rejected
      ), 0
    )
  )
  from private.inbound_events
  where inbound_events.id = any (p_ids)
  order by inbound_events.id;
end;
$$;

comment on function private.report_replay is
'What a replay changed, a line for each request: {inbound_id, was, becomes, error, messages,
receipts, reads_otherwise, rejected, understood}.';
revoke all on function private.report_replay from public;
grant execute on function private.report_replay to service_role;
