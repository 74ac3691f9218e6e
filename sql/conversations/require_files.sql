create or replace function private.require_files(p_conversation_id uuid, p_media jsonb)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid := private.channel_of(p_conversation_id);
  v_file jsonb;
begin
  for v_file in
    select files.item
    from jsonb_array_elements(p_media) as files (item)
  loop
    if private.actor_role() = 'visitor' and not private.accepts_file(
      v_channel_id, v_file ->> 'mime_type', (v_file ->> 'size')::bigint
    ) then
      raise exception using
        errcode = 'PT400',
        message = format('%s is too large or of a kind that is not taken', v_file ->> 'filename'),
        hint = 'widget_configuration() tells max_upload_bytes and allowed_mime_types';
    end if;
  end loop;
end;
$$;

comment on function private.require_files is
'Raises PT400 for a visitor''s file that the widget does not take.';
revoke all on function private.require_files from public;
grant execute on function private.require_files to service_role;
