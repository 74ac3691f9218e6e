-- Security definer: whoever writes a message need not be allowed to broadcast.
-- The rows are those realtime.send() would write, but one statement and one savepoint serve a whole
-- batch. Like there, a failing doorbell never takes the message down with it.
create or replace function private.broadcast(
  p_topics text[],
  p_events text[],
  p_payloads jsonb[]
)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into realtime.messages (topic, event, payload, extension, private)
  select rings.topic, rings.event, rings.payload, 'broadcast', true
  from unnest(p_topics, p_events, p_payloads) as rings (topic, event, payload);
exception
  when others then
    raise warning 'broadcast of % messages failed: %', cardinality(p_topics), sqlerrm;
end;
$$;

comment on function private.broadcast is
'Rings private Realtime topics: the i-th payload as the i-th event on the i-th topic.';
revoke all on function private.broadcast from public;
grant execute on function private.broadcast to service_role;
