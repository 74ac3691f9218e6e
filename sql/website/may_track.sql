create or replace function private.may_track(p_channel_id uuid, p_consent boolean)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce(p_consent, false) or exists (
    select 1
    from public.website_settings
    where website_settings.channel_id = p_channel_id and not website_settings.asks_consent
  );
end;
$$;

comment on function private.may_track is
'Whether a visit may be stored: the visitor has agreed, or the widget does not ask.';
revoke all on function private.may_track from public;
grant execute on function private.may_track to service_role;
