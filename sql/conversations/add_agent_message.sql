create or replace function private.add_agent_message(
  p_conversation_id uuid,
  p_content text,
  p_message_id uuid default null,
  p_private boolean default false
)
returns public.messages
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message_id uuid := coalesce(p_message_id, gen_random_uuid());
  v_message public.messages;
begin
  insert into public.messages (id, conversation_id, sender_type, sender_id, content, is_private)
  values (
    v_message_id, p_conversation_id, 'agent', (select auth.uid()), p_content, p_private
  );

  select messages.* into v_message
  from public.messages
  where messages.id = v_message_id;
  return v_message;
end;
$$;

comment on function private.add_agent_message is
'Adds what an agent says; unless it is a private note, that silences the AI (I8).';
revoke all on function private.add_agent_message from public;
grant execute on function private.add_agent_message to authenticated, service_role;
