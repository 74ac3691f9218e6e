create or replace function private.require_value(p_channel_id uuid, p_value bytea)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  -- Two at once must not both be the newest.
  perform 1
  from public.channels
  where channels.id = p_channel_id
  for no key update;

  if not found then
    raise exception using
      errcode = 'PT404', message = format('channel %s not found', p_channel_id);
  elsif p_value is null or encode(substring(p_value from 1 for 4), 'escape') <> 'gAAA' then
    raise exception using
      errcode = 'PT400',
      message = 'a secret is stored encrypted only',
      hint = 'use romashka channel set';
  end if;
end;
$$;

comment on function private.require_value is
'Refuses a secret that is no Fernet token (PT400) or of no channel (PT404), and locks the channel.';
revoke all on function private.require_value from public;
grant execute on function private.require_value to service_role;
