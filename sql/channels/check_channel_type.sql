create or replace function private.check_channel_type(p_type text)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if p_type not in ('website', 'email', 'whatsapp', 'instagram', 'messenger', 'telegram') then
    raise exception using
      errcode = 'PT400',
      message = format('unknown channel %s', p_type),
      hint = 'one of website, email, whatsapp, instagram, messenger, telegram';
  end if;
end;
$$;

comment on function private.check_channel_type is
'Refuses what is no type of channel with PT400; null, which is any, passes.';
revoke all on function private.check_channel_type from public;
grant execute on function private.check_channel_type to authenticated, service_role;
