-- Realtime keeps what was broadcast for three days; it may be emptied, not deleted.
create or replace function private.blank_broadcasts(p_conversation_ids uuid[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update realtime.messages
  set payload = '{}'
  where messages.payload is distinct from '{}'
    and exists (
      select 1
      from unnest(p_conversation_ids) as erased (id)
      where messages.topic = 'conversation:' || erased.id
        or position(erased.id::text in messages.payload::text) > 0
    );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.blank_broadcasts is
'Empties what Realtime still keeps of these conversations; returns how many broadcasts.';
revoke all on function private.blank_broadcasts from public;
grant execute on function private.blank_broadcasts to service_role;
