create or replace function private.require_origin(p_channel_id uuid)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if not private.origin_is_allowed(p_channel_id) then
    raise exception using
      errcode = 'PT403',
      message = format(
        'pages of %s may not use this widget',
        coalesce(left(private.request_header('origin'), 200), 'no origin')
      ),
      hint = 'an admin adds the origin to the allowed_origins of website_settings';
  end if;
end;
$$;

comment on function private.require_origin is
'Raises PT403 for a visitor whose page''s origin is not on the widget''s list.';
revoke all on function private.require_origin from public;
grant execute on function private.require_origin to authenticated, service_role;
