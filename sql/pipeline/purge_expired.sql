create or replace function private.purge_expired(
  p_keep interval default '30 days',
  p_limit integer default 1000
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
  delete from private.inbound_events
  where inbound_events.id in (
    select expired.id
    from private.inbound_events as expired
    where expired.received_at < statement_timestamp() - p_keep
    limit p_limit
  );
  get diagnostics v_count = row_count;

  delete from private.receipts
  where receipts.id in (
    select expired.id
    from private.receipts as expired
    where expired.delivery_id is null
      and expired.received_at < statement_timestamp() - p_keep
    limit p_limit
  );

  delete from private.channel_events
  where channel_events.id in (
    select expired.id
    from private.channel_events as expired
    where expired.created_at < statement_timestamp() - p_keep
    limit p_limit
  );

  delete from private.processes
  where processes.seen_at < statement_timestamp() - interval '1 day';
  return v_count;
end;
$$;

comment on function private.purge_expired is
'Ends the retention of raw requests, of receipts that never found their message and of what happened
to channels (30 days); at most p_limit a call, returns how many requests. Meta sends again for seven
days at most.';
revoke all on function private.purge_expired from public;
grant execute on function private.purge_expired to service_role;
