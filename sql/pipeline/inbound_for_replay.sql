create or replace function private.inbound_for_replay(
  p_from timestamptz default null,
  p_to timestamptz default null,
  p_ids bigint[] default null,
  p_limit integer default 100,
  p_state text default null,
  p_after bigint default 0
)
returns setof jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'id', inbound_events.id,
    'channel_type', inbound_events.channel_type,
    'body', encode(inbound_events.body, 'base64'),
    'headers', inbound_events.headers,
    'state', inbound_events.state
  )
  from private.inbound_events
  where inbound_events.id > p_after
    and (p_ids is null or inbound_events.id = any (p_ids))
    and (p_state is null or inbound_events.state = p_state)
    and inbound_events.received_at >= coalesce(p_from, '-infinity')
    and inbound_events.received_at < coalesce(p_to, 'infinity')
  order by inbound_events.id
  limit p_limit;
$$;

comment on function private.inbound_for_replay is
'Kept requests by time, id or state, oldest first, with their bytes in base64, to be parsed anew
(U1). The next page begins after the last id of this one: p_after.';
revoke all on function private.inbound_for_replay from public;
grant execute on function private.inbound_for_replay to service_role;
