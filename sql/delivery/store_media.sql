create or replace function private.store_media(p_file private.media_files, p_result jsonb)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.media_files
  set state = 'stored', path = p_result ->> 'path', error = null
  where media_files.id = p_file.id;

  update public.messages
  set
    metadata = jsonb_set(
      messages.metadata,
      array['media', p_file.place::text],
      coalesce(messages.metadata #> array['media', p_file.place::text], '{}') - 'error'
      || jsonb_strip_nulls(jsonb_build_object(
        'path', p_result -> 'path', 'mime_type', p_result -> 'mime_type',
        'size', p_result -> 'size', 'filename', p_result -> 'filename'
      ))
    ),
    media_url = case when p_file.place = 0 then p_result ->> 'path' else messages.media_url end,
    updated_at = clock_timestamp()
  where messages.id = p_file.message_id;

  perform private.unblock_channel(p_file.channel_id);
  return 'stored';
end;
$$;

comment on function private.store_media is
'A file is in Storage: its message says where; media_url is the path of the first.';
revoke all on function private.store_media from public;
grant execute on function private.store_media to service_role;
