create or replace function private.unblock_channel(p_channel_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if private.set_channel_status(p_channel_id, 'connected') then
    update public.alerts
    set resolved_at = clock_timestamp()
    where alerts.channel_id = p_channel_id
      and alerts.kind = 'channel'
      and alerts.resolved_at is null;
  end if;
end;
$$;

comment on function private.unblock_channel is
'Marks a channel whose platform has taken a message as connected and resolves its alert (R76).';
revoke all on function private.unblock_channel from public;
grant execute on function private.unblock_channel to service_role;
