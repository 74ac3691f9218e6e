-- Security definer: admins do not reach the kept requests themselves.
create or replace function private.replay_window(
  p_from timestamptz,
  p_to timestamptz,
  p_dry_run boolean
)
returns table (
  inbound_id bigint,
  received_at timestamptz,
  channel_type text,
  state text,
  error text,
  rejected bigint,
  is_queued boolean,
  report jsonb
)
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_admin();
  perform private.ask_for_replay(p_from, p_to, p_dry_run);
  if not p_dry_run then
    perform private.audit(
      'replay', 'inbound_events', null, jsonb_build_object('from', p_from, 'to', p_to)
    );
  end if;

  return query
  select
    inbound_events.id, inbound_events.received_at, inbound_events.channel_type,
    inbound_events.state::text, inbound_events.error, faults.rejected,
    replay_requests.inbound_id is not null and replay_requests.finished_at is null,
    replay_requests.report
  from private.inbound_events
  left join private.replay_requests on replay_requests.inbound_id = inbound_events.id
  cross join lateral private.open_faults(inbound_events.id) as faults (rejected)
  where inbound_events.received_at >= p_from
    and inbound_events.received_at < p_to
    and (
      inbound_events.state = 'failed' or faults.rejected > 0
      or replay_requests.inbound_id is not null
    )
  order by inbound_events.id;
end;
$$;

comment on function private.replay_window is
'What of a window could not be stored whole, and what its replay changed; a worker
replays it, dry or not.';
revoke all on function private.replay_window from public;
grant execute on function private.replay_window to authenticated, service_role;
