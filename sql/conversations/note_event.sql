-- Security definer: what the system says nobody else may write, or hand-overs could be forged.
create or replace function private.note_event(
  p_conversation_id uuid,
  p_event text,
  p_details jsonb default '{}'
)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_message_id uuid := gen_random_uuid();
begin
  perform private.require_agent();
  insert into public.messages (
    id, conversation_id, sender_type, message_type, is_private, sender_id, metadata
  )
  values (
    v_message_id, p_conversation_id, 'system', 'event', true, (select auth.uid()),
    p_details || jsonb_build_object('event', p_event)
  );
  return v_message_id;
end;
$$;

comment on function private.note_event is
'Writes into a conversation, for agents alone, that something happened to it; PT403
for anybody but agents.';
revoke all on function private.note_event from public;
grant execute on function private.note_event to authenticated, service_role;
