create or replace function private.block_channel(p_channel_id uuid, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set retry_at = clock_timestamp() + private.probe_delay(1), probes = 1
  where channels.id = p_channel_id and channels.retry_at is null;
  perform private.lose_channel(
    p_channel_id, p_reason, format('channel %s refuses our account', p_channel_id)
  );
end;
$$;

comment on function private.block_channel is
'A platform refuses our account: its queue stops but for one message now and then, and admins are
told once (R70, R76).';
revoke all on function private.block_channel from public;
grant execute on function private.block_channel to service_role;
