create or replace function private.prove_channel(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set refusals = 0, judged_at = p_delivery.attempted_at
  where channels.id = p_delivery.channel_id
    and channels.refusals > 0
    and channels.judged_at < p_delivery.attempted_at;

  if found then
    perform private.unblock_channel(p_delivery.channel_id);
  end if;
end;
$$;

comment on function private.prove_channel is
'A message has arrived: an account whose messages were taken and failed later is good again, if this
one was sent since (R76).';
revoke all on function private.prove_channel from public;
grant execute on function private.prove_channel to service_role;
