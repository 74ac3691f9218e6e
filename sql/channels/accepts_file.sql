create or replace function private.accepts_file(
  p_channel_id uuid,
  p_mime_type text,
  p_size bigint
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.website_settings
    where website_settings.channel_id = p_channel_id
      and website_settings.max_upload_bytes > 0
      and coalesce(p_size <= website_settings.max_upload_bytes, true)
      and (
        p_mime_type is null
        or lower(split_part(p_mime_type, ';', 1)) = any (website_settings.allowed_mime_types)
        or lower(split_part(p_mime_type, '/', 1)) || '/*'
        = any (website_settings.allowed_mime_types)
      )
  );
end;
$$;

comment on function private.accepts_file is
'Whether visitors of a widget may send a file of this kind and size; what is null is not known yet
and not asked.';
revoke all on function private.accepts_file from public;
grant execute on function private.accepts_file to service_role;
