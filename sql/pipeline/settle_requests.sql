create or replace function private.settle_requests(p_ids bigint[], p_errors text[])
returns bigint[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.inbound_events
  set
    state = case when requests.error is null then 'done' else 'failed' end,
    error = left(requests.error, 2000),
    attempts = inbound_events.attempts + 1
  from unnest(p_ids, p_errors) as requests (id, error)
  where inbound_events.id = requests.id;
  return p_ids;
end;
$$;

comment on function private.settle_requests is
'Notes what came of replaying kept requests; the bytes stay as they are (I10).';
revoke all on function private.settle_requests from public;
grant execute on function private.settle_requests to service_role;
