-- Security definer: visitors need not read the list of origins.
create or replace function private.origin_is_allowed(p_channel_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return private.actor_role() <> 'visitor' or not exists (
    select 1
    from public.website_settings
    where website_settings.channel_id = p_channel_id
      and website_settings.allowed_origins <> '{}'
      and not private.origin_matches(
        private.request_header('origin'), website_settings.allowed_origins
      )
  );
end;
$$;

comment on function private.origin_is_allowed is
'Whether the page that asks may use the widget: it is on the list, or there is no list. Agents and
our own processes are no pages.';
revoke all on function private.origin_is_allowed from public;
grant execute on function private.origin_is_allowed to authenticated, service_role;
