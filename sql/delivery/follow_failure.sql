create or replace function private.follow_failure(p_delivery private.deliveries, p_result jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_delivery.state in ('failed', 'dead') then
    perform private.fall_back(p_delivery);
  end if;
  perform private.show_delivery(p_delivery);
  if p_result -> 'account_blocked' = 'true' then
    perform private.block_channel(p_delivery.channel_id, p_result ->> 'error');
  else
    perform private.note_failure(p_delivery);
  end if;
  if p_result -> 'channel_paused' = 'true' then
    perform private.pause_channel(
      p_delivery.channel_id, p_delivery.next_attempt_at - clock_timestamp(), p_result ->> 'error'
    );
  end if;
  if p_result -> 'unreachable' = 'true' then
    perform private.mark_unreachable(p_delivery);
  end if;
end;
$$;

comment on function private.follow_failure is
'What follows from a failed send beside its own state: another channel, what its message shows, what
is known of its channel and of its customer.';
revoke all on function private.follow_failure from public;
grant execute on function private.follow_failure to service_role;
