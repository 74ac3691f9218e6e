-- After the conversations are locked, so that nothing here waits for another batch.
create or replace function private.settle_people(p_messages private.inbound_message[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message private.inbound_message;
begin
  for v_message in
    select messages.*
    from unnest(p_messages) as messages
    where messages.has_new_names
    order by messages.conversation_id, messages.place
  loop
    perform private.name_customer(
      v_message.customer_id, left(v_message.item ->> 'customer_name', 200)
    );
    perform private.note_conflict(
      v_message.customer_id, v_message.channel_id, v_message.item -> 'identities'
    );
  end loop;
end;
$$;

comment on function private.settle_people is
'What is new of the customers of a batch: their name where there was none, and that a name of theirs
belongs to somebody else.';
revoke all on function private.settle_people from public;
grant execute on function private.settle_people to service_role;
