-- Security definer: what a file is, Storage says and not the caller.
create or replace function private.media_of(p_conversation_id uuid, p_media jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_visitor boolean := private.actor_role() = 'visitor';
  v_count integer := case jsonb_typeof(p_media)
    when 'array' then jsonb_array_length(p_media) else -1
  end;
  v_media jsonb;
begin
  if v_count not between 0 and 10 then
    raise exception using
      errcode = 'PT400',
      message = 'the media of a message are a list of up to ten files',
      hint = '[{"path": "<conversation>/visitor/<uuid>-photo.png", "filename": "photo.png"}]';
  end if;

  select coalesce(jsonb_agg(private.file_of(objects, given.item) order by given.place), '[]')
  into v_media
  from jsonb_array_elements(p_media) with ordinality as given (item, place)
  join storage.objects
    on objects.bucket_id = 'media'
    and objects.name = given.item ->> 'path'
    and starts_with(
      objects.name, p_conversation_id || case when v_visitor then '/visitor/' else '/' end
    );

  if jsonb_array_length(v_media) <> v_count then
    raise exception using
      errcode = 'PT404',
      message = 'a file of this message is not in its conversation''s folder',
      hint = 'upload it to the bucket media first, below the conversation''s id';
  end if;
  return v_media;
end;
$$;

comment on function private.media_of is
'What is kept of the files of a message, [{kind, path, mime_type, filename, size}], after looking
that each lies in the conversation''s folder of the bucket media. PT400, PT404.';
revoke all on function private.media_of from public;
grant execute on function private.media_of to service_role;
