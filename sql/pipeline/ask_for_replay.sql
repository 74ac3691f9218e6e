create or replace function private.ask_for_replay(
  p_from timestamptz,
  p_to timestamptz,
  p_is_dry boolean default false
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into private.replay_requests (inbound_id, is_dry)
  select inbound_events.id, p_is_dry
  from private.inbound_events
  where inbound_events.received_at >= p_from
    and inbound_events.received_at < p_to
    and (inbound_events.state = 'failed' or private.open_faults(inbound_events.id) > 0)
  order by inbound_events.id
  on conflict (inbound_id) do update
    set
      is_dry = excluded.is_dry, requested_at = clock_timestamp(), attempts = 0, lease_until = null,
      report = null, finished_at = null
    where not p_is_dry or replay_requests.finished_at < clock_timestamp() - interval '1 minute';
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.ask_for_replay is
'Has a worker parse anew what of a window could not be stored whole; returns how many requests.
A dry run leaves alone what waits already, and a report of the last minute.';
revoke all on function private.ask_for_replay from public;
grant execute on function private.ask_for_replay to service_role;
