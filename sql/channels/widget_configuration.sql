create or replace function public.widget_configuration(p_channel_id uuid default null)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select private.widget_of(p_channel_id);
$$;

comment on function public.widget_configuration is
'What a page needs to show a widget, by default the first one, for everybody: {channel_id, name,
greeting, theme, requires_identity, asks_consent, max_upload_bytes, allowed_mime_types, office}.
PT404.';
revoke all on function public.widget_configuration from public, anon, authenticated, service_role;
grant execute on function public.widget_configuration to anon, authenticated, service_role;
