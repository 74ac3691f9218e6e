create or replace function private.unblock_channel(p_channel_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set
    retry_at = null,
    probes = 0,
    paused_until = case
      when channels.paused_until > clock_timestamp() then channels.paused_until
    end
  where channels.id = p_channel_id
    and (
      channels.retry_at is not null
      or channels.paused_until <= clock_timestamp()
      or channels.lost_at is null and channels.status in ('unknown', 'disconnected')
    );

  if found then
    perform private.find_channel(p_channel_id);
  end if;
end;
$$;

comment on function private.unblock_channel is
'The platform has taken a message: our account is good, the queue follows (R76).';
revoke all on function private.unblock_channel from public;
grant execute on function private.unblock_channel to service_role;
