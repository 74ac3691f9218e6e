-- Security definer: an id is also taken where the caller may not look.
create or replace function private.message_of_client(
  p_conversation_id uuid,
  p_client_id uuid
)
returns public.messages
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select messages.* into v_message
  from public.messages
  where messages.id = p_client_id;

  if found and (
    v_message.conversation_id <> p_conversation_id
    or (private.actor_role() = 'visitor') <> (v_message.sender_type = 'customer')
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('the id %s belongs to another message', p_client_id),
      hint = 'make a new uuid for every message';
  end if;
  return v_message;
end;
$$;

comment on function private.message_of_client is
'The message that a client has sent under this id before, in a conversation that is locked; PT409
when the id is somebody else''s.';
revoke all on function private.message_of_client from public;
grant execute on function private.message_of_client to authenticated, service_role;
