create or replace function private.find_channel(p_channel_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1
    from public.channels
    where channels.id = p_channel_id
      and channels.lost_at is null
      and channels.retry_at is null
      and (
        channels.status <> 'degraded'
        or coalesce(channels.paused_until <= clock_timestamp(), true)
      )
  ) or not private.set_channel_status(p_channel_id, 'connected') then
    return;
  end if;

  insert into private.channel_events (channel_id, kind)
  values (p_channel_id, 'connected');

  update public.alerts
  set resolved_at = clock_timestamp()
  where alerts.channel_id = p_channel_id
    and alerts.kind = 'channel'
    and alerts.resolved_at is null;
end;
$$;

comment on function private.find_channel is
'Marks a channel that works both ways as connected, keeps when, and resolves its alert (R76).';
revoke all on function private.find_channel from public;
grant execute on function private.find_channel to service_role;
