-- Security definer: visitors read neither settings nor identities.
create or replace function private.require_visitor(p_channel_id uuid)
returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if private.actor_role() <> 'visitor' then
    return;
  end if;

  perform private.require_origin(p_channel_id);
  if exists (
    select 1
    from public.customer_profiles
    where customer_profiles.is_blocked
      and customer_profiles.id in (select private.my_customers())
  ) then
    raise exception using
      errcode = 'PT403',
      message = 'this visitor has been blocked';
  end if;

  if exists (
    select 1
    from public.website_settings
    where website_settings.channel_id = p_channel_id and website_settings.requires_identity
  ) and not exists (
    select 1
    from public.customer_identities
    where customer_identities.channel_id = p_channel_id
      and customer_identities.kind = 'external'
      and customer_identities.is_verified
      and customer_identities.customer_id in (select private.my_customers())
  ) then
    raise exception using
      errcode = 'PT401',
      message = 'only people whom the site has signed may write here',
      hint = 'call identify() with the signature or token that the site''s server made';
  end if;
end;
$$;

comment on function private.require_visitor is
'Raises PT403 for a visitor who is blocked or comes from a page that may not use the widget, PT401
where the widget wants to know who they are and does not.';
revoke all on function private.require_visitor from public;
grant execute on function private.require_visitor to authenticated, service_role;
