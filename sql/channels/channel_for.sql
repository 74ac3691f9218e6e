create or replace function private.channel_for(p_type text, p_channel_id uuid)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_channel_id is null then
    return private.default_channel(p_type);
  end if;

  perform 1
  from public.channels
  where channels.id = p_channel_id and channels.type = p_type and channels.is_enabled;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no open channel %s of the type %s', p_channel_id, p_type);
  end if;
  return p_channel_id;
end;
$$;

comment on function private.channel_for is
'The channel that is meant: this one, if it is open and of the type, or the first of its type.
PT404.';
revoke all on function private.channel_for from public;
grant execute on function private.channel_for to service_role;
