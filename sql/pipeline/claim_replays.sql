create or replace function private.claim_replays(p_channel_types text[], p_limit integer default 10)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return query
  with due as materialized (
    select replay_requests.inbound_id
    from private.replay_requests
    join private.inbound_events on inbound_events.id = replay_requests.inbound_id
    where replay_requests.finished_at is null
      and replay_requests.attempts < 5
      and coalesce(replay_requests.lease_until, '-infinity') < statement_timestamp()
      and inbound_events.channel_type = any (p_channel_types)
      and not exists (
        select 1
        from private.unread_mail
        where unread_mail.inbound_id = replay_requests.inbound_id
          and unread_mail.state <> 'dead'
      )
    order by replay_requests.requested_at, replay_requests.inbound_id
    limit p_limit
    for no key update of replay_requests skip locked
  ),

  claimed as (
    update private.replay_requests
    set
      attempts = replay_requests.attempts + 1,
      lease_until = clock_timestamp() + interval '1 minute'
    from due
    where replay_requests.inbound_id = due.inbound_id
    returning replay_requests.inbound_id, replay_requests.is_dry
  )

  select kept.item || jsonb_build_object('is_dry', claimed.is_dry)
  from claimed
  cross join lateral private.inbound_for_replay(
    p_ids => array[claimed.inbound_id]
  ) as kept (item)
  order by claimed.inbound_id;
end;
$$;

comment on function private.claim_replays is
'Leases requests that are to be parsed anew to a worker for a minute, five times at most; each as
inbound_for_replay gives it, with is_dry.';
revoke all on function private.claim_replays from public;
grant execute on function private.claim_replays to service_role;
