create or replace function private.reroute(p_delivery private.deliveries, p_had_failed boolean)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_delivery.state in ('delivered', 'read') then
    perform private.prove_channel(p_delivery);
  end if;

  if p_delivery.state = 'failed' then
    perform private.blame_channel(p_delivery);
    perform private.fall_back(p_delivery);
  elsif p_had_failed then
    delete from private.deliveries
    where deliveries.message_id = p_delivery.message_id
      and deliveries.id <> p_delivery.id
      and deliveries.state = 'queued'
      and deliveries.attempts = 0;
  end if;
end;
$$;

comment on function private.reroute is
'A delivery that a receipt moved: what arrived and what failed count for its channel, what failed
goes by another; what had failed and arrived after all is not sent there, unless somebody has begun
to.';
revoke all on function private.reroute from public;
grant execute on function private.reroute to service_role;
