create or replace function private.block_channel(p_channel_id uuid, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if private.set_channel_status(p_channel_id, 'disconnected', left(p_reason, 500)) then
    perform private.raise_alert(
      'channel', 'critical',
      format('channel %s refuses our account: %s', p_channel_id, left(p_reason, 200)),
      null, p_channel_id
    );
  end if;
end;
$$;

comment on function private.block_channel is
'Marks a channel as disconnected and tells admins, once (R70, R76).';
revoke all on function private.block_channel from public;
grant execute on function private.block_channel to service_role;
