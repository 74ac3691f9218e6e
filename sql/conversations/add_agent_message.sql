-- Security definer: what a file is, Storage says and not the agent.
create or replace function private.add_agent_message(
  p_conversation_id uuid,
  p_content text,
  p_message_id uuid default null,
  p_private boolean default false,
  p_media jsonb default '[]'
)
returns public.messages
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_message_id uuid := coalesce(p_message_id, gen_random_uuid());
  v_media jsonb;
  v_message public.messages;
begin
  perform private.require_agent();
  v_media := private.media_of(p_conversation_id, coalesce(p_media, '[]'));
  insert into public.messages (
    id, conversation_id, sender_type, sender_id, content, is_private, message_type, media_url,
    metadata
  )
  values (
    v_message_id, p_conversation_id, 'agent', (select auth.uid()), coalesce(p_content, ''),
    p_private, coalesce(v_media #>> '{0,kind}', 'text'), v_media #>> '{0,path}',
    case when v_media = '[]' then '{}' else jsonb_build_object('media', v_media) end
  );

  select messages.* into v_message
  from public.messages
  where messages.id = v_message_id;
  return v_message;
end;
$$;

comment on function private.add_agent_message is
'Adds what an agent says; unless it is a private note, that silences the AI (I8). PT403 for anybody
else; PT400, PT404 for files that are not there.';
revoke all on function private.add_agent_message from public;
grant execute on function private.add_agent_message to authenticated, service_role;
