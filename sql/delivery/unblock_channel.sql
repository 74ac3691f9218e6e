create or replace function private.unblock_channel(
  p_channel_id uuid,
  p_is_proven boolean default true
)
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
    refusals = 0,
    judged_at = case
      when channels.refusals > 0 then clock_timestamp() else channels.judged_at
    end,
    paused_until = case
      when channels.paused_until > clock_timestamp() then channels.paused_until
    end
  where channels.id = p_channel_id
    and (p_is_proven or channels.refusals = 0)
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
'Our account is good, the queue follows (R76): a message has arrived or an admin says so; that the
platform has taken one is proof only while it does not refuse later what it takes.';
revoke all on function private.unblock_channel from public;
grant execute on function private.unblock_channel to service_role;
