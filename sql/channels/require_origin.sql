-- Security definer: visitors need not read the list of origins.
create or replace function private.require_origin(p_channel_id uuid)
returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_origin text := private.request_header('origin');
begin
  if private.actor_role() = 'visitor' and exists (
    select 1
    from public.website_settings
    where website_settings.channel_id = p_channel_id
      and website_settings.allowed_origins <> '{}'
      and not private.origin_matches(v_origin, website_settings.allowed_origins)
  ) then
    raise exception using
      errcode = 'PT403',
      message = format('pages of %s may not use this widget', left(v_origin, 200)),
      hint = 'an admin adds the origin to the allowed_origins of website_settings';
  end if;
end;
$$;

comment on function private.require_origin is
'Raises PT403 for a visitor whose page''s origin is not on the widget''s list; without a list every
page may use it. Agents and our own processes are no pages.';
revoke all on function private.require_origin from public;
grant execute on function private.require_origin to authenticated, service_role;
