create or replace function private.website_channel(p_channel_id uuid default null)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid;
begin
  select channels.id into v_channel_id
  from public.channels
  where channels.type = 'website'
    and channels.is_enabled
    and channels.id = coalesce(p_channel_id, channels.id)
  order by channels.created_at, channels.id
  limit 1;

  if v_channel_id is null then
    raise exception using
      errcode = 'PT404',
      message = format('no widget %s is open', coalesce(p_channel_id::text, 'at all')),
      hint = 'an enabled channel of the type website; without an id the first one';
  end if;
  return v_channel_id;
end;
$$;

comment on function private.website_channel is
'The enabled widget that is meant, by default the first one; PT404 when there is none.';
revoke all on function private.website_channel from public;
grant execute on function private.website_channel to service_role;
