-- Duplicates are looked for again under the conversations' locks: the same message arriving a
-- hundred times at once is stored once, and no seq is spent on the others.
create or replace function private.ingest_messages(
  p_items private.inbound_item[],
  p_targets uuid[] default '{}'
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_messages private.inbound_message[] := private.find_senders(p_items);
  v_count integer;
begin
  if cardinality(v_messages) = 0 then
    return 0;
  end if;

  v_messages := private.open_conversations(v_messages);
  perform 1
  from public.conversations
  where conversations.id in (
    select messages.conversation_id
    from unnest(v_messages) as messages
    union all
    select messages.conversation_id
    from public.messages
    where messages.id = any (p_targets)
  )
  order by conversations.id
  for no key update;

  perform private.settle_people(v_messages);
  v_count := private.insert_inbound(v_messages);
  perform private.unpark_items(v_messages);
  return v_count;
end;
$$;

comment on function private.ingest_messages is
'Stores the messages of a batch, each exactly once (I1); returns how many were new. The
conversations of p_targets, messages that the batch will change, are locked with the others.';
revoke all on function private.ingest_messages from public;
grant execute on function private.ingest_messages to service_role;
