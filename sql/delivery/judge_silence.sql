create or replace function private.judge_silence()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel public.channels;
  v_raised integer := 0;
begin
  for v_channel in
    select channels.*
    from public.channels
    where channels.is_enabled
      and channels.last_in_at < statement_timestamp() - channels.expected_silence
  loop
    v_raised := v_raised + private.raise_alert(
      'silence', 'warning',
      format('nobody has written on channel %s for %s', v_channel.id, v_channel.expected_silence),
      null, v_channel.id
    )::integer;
  end loop;

  update public.alerts
  set resolved_at = clock_timestamp()
  from public.channels
  where alerts.resolved_at is null
    and channels.id = alerts.channel_id
    and case alerts.kind
      when 'silence' then (
        channels.is_enabled
        and channels.last_in_at < statement_timestamp() - channels.expected_silence
      ) is not true
      when 'delivery' then channels.last_out_at > alerts.raised_at + interval '1 hour'
    end;
  return v_raised;
end;
$$;

comment on function private.judge_silence is
'Alerts admins of a channel that usually has customers and has none (R70), and ends that alert, and
that of lost answers an hour on, when traffic goes on. Returns how many rose.';
revoke all on function private.judge_silence from public;
grant execute on function private.judge_silence to service_role;
