create or replace function private.media_to_fetch(p_file private.media_files)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'file_id', p_file.id,
    'attempt', p_file.attempts,
    'message_id', messages.id,
    'inbound_id', messages.inbound_id,
    'conversation_id', messages.conversation_id,
    'channel_type', channels.type,
    'account', channels.account,
    'place', p_file.place,
    'media', p_file.media
  )
  from public.messages
  join public.channels on channels.id = p_file.channel_id
  where messages.id = p_file.message_id;
$$;

comment on function private.media_to_fetch is
'Everything a worker needs to fetch a file and to put it where it belongs.';
revoke all on function private.media_to_fetch from public;
grant execute on function private.media_to_fetch to service_role;
