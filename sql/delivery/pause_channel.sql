-- Minutes are the platform's way of saying "slower", nobody needs to hear of them.
create or replace function private.pause_channel(
  p_channel_id uuid,
  p_pause interval,
  p_reason text
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set paused_until = greatest(channels.paused_until, clock_timestamp() + p_pause)
  where channels.id = p_channel_id;

  if p_pause >= interval '5 minutes'
    and private.set_channel_status(p_channel_id, 'degraded', left(p_reason, 500)) then
    perform private.raise_alert(
      'channel', 'critical',
      format(
        'channel %s may send nothing for %s minutes: %s', p_channel_id,
        round(extract(epoch from p_pause) / 60), left(p_reason, 200)
      ),
      null, p_channel_id
    );
  end if;
end;
$$;

comment on function private.pause_channel is
'Nothing goes out on a channel for a while, as its platform refuses the account as a whole; a long
pause is told to admins, once (R70).';
revoke all on function private.pause_channel from public;
grant execute on function private.pause_channel to service_role;
