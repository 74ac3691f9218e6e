create or replace function private.keep_requests(
  p_channel_type text,
  p_bodies bytea[],
  p_headers jsonb,
  p_errors text[]
)
returns bigint[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_ids bigint[];
begin
  with kept as (
    insert into private.inbound_events (channel_type, body, headers, state, error)
    select
      p_channel_type,
      requests.body,
      coalesce(p_headers -> (requests.place - 1)::integer, '{}'),
      case when requests.error is null then 'done' else 'failed' end,
      left(requests.error, 2000)
    from unnest(p_bodies, p_errors) with ordinality as requests (body, error, place)
    order by requests.place
    returning inbound_events.id
  )

  select array_agg(kept.id order by kept.id) into v_ids
  from kept;
  return v_ids;
end;
$$;

comment on function private.keep_requests is
'Keeps the raw bytes of requests, in their order; returns their ids. One with an error is a dead
letter.';
revoke all on function private.keep_requests from public;
grant execute on function private.keep_requests to service_role;
