create or replace function private.judge_channels()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel public.channels;
  v_count integer := 0;
begin
  for v_channel in
    select channels.*
    from public.channels
    where channels.is_enabled and channels.status <> 'disconnected'
  loop
    if v_channel.status <> 'degraded'
      and (v_channel.failed_checks >= 3 or private.has_errors(v_channel, 3)) then
      perform private.set_channel_status(v_channel.id, 'degraded', v_channel.last_error);
      perform private.raise_alert(
        'channel', 'warning',
        format('channel %s has errors and no success: %s', v_channel.id,
          left(v_channel.last_error, 200)),
        null, v_channel.id
      );
      v_count := v_count + 1;
    elsif (
        v_channel.status = 'degraded'
        and v_channel.failed_checks < 3
        and coalesce(v_channel.paused_until <= clock_timestamp(), true)
        and not private.has_errors(v_channel, 1)
      )
      or (v_channel.status = 'unknown'
        and num_nonnulls(v_channel.last_in_at, v_channel.last_out_at) > 0) then
      perform private.find_channel(v_channel.id);
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end;
$$;

comment on function private.judge_channels is
'A channel without success while errors come, or whose platform finds fault with it whenever asked,
is degraded, with an alert; success makes it connected again (R70, R76). Returns how many changed.';
revoke all on function private.judge_channels from public;
grant execute on function private.judge_channels to service_role;
