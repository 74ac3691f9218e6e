create or replace function private.end_of_turn(p_first public.messages)
returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_last integer := p_first.seq;
  v_message public.messages;
begin
  for v_message in
    select messages.*
    from public.messages
    where messages.conversation_id = p_first.conversation_id
      and messages.seq > p_first.seq
    order by messages.seq
    limit 20
  loop
    exit when v_message.sender_type <> 'customer'
      or v_message.created_at > p_first.created_at + interval '1 minute';
    v_last := v_message.seq;
  end loop;
  return v_last;
end;
$$;

comment on function private.end_of_turn is
'The seq of the last message of a turn: what the customer wrote within a minute, unless somebody
answered before.';
revoke all on function private.end_of_turn from public;
grant execute on function private.end_of_turn to service_role;
