-- Storage asks before it takes a byte, by the length that was declared; that of a form is that of
-- all of its parts. A signed address to upload to is asked for before there is a file, and whoever
-- has it is not asked again: visitors get none.
create or replace function private.accepts_upload(p_channel_id uuid, p_metadata jsonb)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_form_parts constant integer := 8192;
  v_mime_type text := p_metadata ->> 'mimetype';
  v_size bigint := private.number_of(p_metadata -> 'contentLength');
begin
  if current_setting('storage.operation', true) = 'storage.object.sign_upload_url'
    or v_size is null and v_mime_type is not null then
    return false;
  elsif private.request_header('content-type') ~* '^multipart/form-data' then
    v_size := greatest(v_size - v_form_parts, 0);
  end if;
  return private.accepts_file(p_channel_id, v_mime_type, v_size);
end;
$$;

comment on function private.accepts_upload is
'Whether visitors of a widget may upload what Storage announces, {mimetype, contentLength}: of a
kind and a size that its settings take. Without a length none.';
revoke all on function private.accepts_upload from public;
grant execute on function private.accepts_upload to service_role;
