create or replace function private.before_replay(p_items private.inbound_item[], p_ids bigint[])
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return private.stored_of(p_items) || jsonb_build_object(
    'states', (
      select jsonb_object_agg(inbound_events.id, inbound_events.state)
      from private.inbound_events
      where inbound_events.id = any (p_ids)
    ),
    'rejected', (
      select coalesce(jsonb_object_agg(open.inbound_id, open.count), '{}')
      from (
        select rejected_items.inbound_id, count(*) as count
        from private.rejected_items
        where rejected_items.inbound_id = any (p_ids) and rejected_items.resolved_at is null
        group by rejected_items.inbound_id
      ) as open
    )
  );
end;
$$;

comment on function private.before_replay is
'What there is of requests before their replay: state, what is stored, what was rejected.';
revoke all on function private.before_replay from public;
grant execute on function private.before_replay to service_role;
