-- Security definer: of the settings everybody may know these, and no others.
create or replace function private.widget_of(p_channel_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_channel_id uuid := private.website_channel(p_channel_id);
begin
  return (
    select jsonb_build_object(
      'channel_id', website_settings.channel_id,
      'name', website_settings.name,
      'greeting', website_settings.greeting,
      'theme', website_settings.theme,
      'requires_identity', website_settings.requires_identity,
      'asks_consent', website_settings.asks_consent,
      'max_upload_bytes', website_settings.max_upload_bytes,
      'allowed_mime_types', website_settings.allowed_mime_types,
      'office', private.office_state(v_channel_id)
    )
    from public.website_settings
    where website_settings.channel_id = v_channel_id
  );
end;
$$;

comment on function private.widget_of is
'What a page needs to show a widget; PT404 without one.';
revoke all on function private.widget_of from public;
grant execute on function private.widget_of to anon, authenticated, service_role;
