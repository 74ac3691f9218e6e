-- A platform that took a message and fails it later fails all that were sent meanwhile: they are
-- one refusal.
create or replace function private.doubt_channel(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set
    refusals = least(channels.refusals + 1, 100),
    judged_at = clock_timestamp(),
    probes = greatest(channels.probes, 1),
    retry_at = greatest(
      channels.retry_at, clock_timestamp() + private.probe_delay(1, channels.refusals + 1)
    )
  where channels.id = p_delivery.channel_id
    and coalesce(channels.judged_at < p_delivery.attempted_at, true);

  if found then
    perform private.lose_channel(
      p_delivery.channel_id, coalesce(p_delivery.error, p_delivery.error_code),
      format('channel %s refuses our account', p_delivery.channel_id)
    );
  end if;
end;
$$;

comment on function private.doubt_channel is
'A platform took a message and refused our account for it later: its queue stops for 5, 10, 20 …
60 minutes, and only a message that arrives is proof that it works again (R70, R76).';
revoke all on function private.doubt_channel from public;
grant execute on function private.doubt_channel to service_role;
