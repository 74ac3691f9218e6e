create or replace function private.judge_tokens()
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
  update public.channels
  set token_state = case
    when channels.token_expires_at < statement_timestamp() then 'invalid' else 'expiring'
  end
  where channels.token_state in ('valid', 'expiring')
    and channels.token_expires_at < case channels.token_state
      when 'valid' then statement_timestamp() + interval '7 days' else statement_timestamp()
    end;

  for v_channel in
    select channels.*
    from public.channels
    where channels.token_state in ('expiring', 'invalid')
  loop
    v_raised := v_raised + private.raise_alert(
      'token', case v_channel.token_state when 'invalid' then 'critical' else 'warning' end,
      format('the access of channel %s is %s', v_channel.id, v_channel.token_state),
      null, v_channel.id
    )::integer;
  end loop;

  update public.alerts
  set resolved_at = clock_timestamp()
  from public.channels
  where alerts.kind = 'token'
    and alerts.resolved_at is null
    and channels.id = alerts.channel_id
    and channels.token_state in ('unknown', 'valid');
  return v_raised;
end;
$$;

comment on function private.judge_tokens is
'Access that ends within a week is expiring, past its end invalid; alerts rise and fall with that.
Returns how many rose.';
revoke all on function private.judge_tokens from public;
grant execute on function private.judge_tokens to service_role;
