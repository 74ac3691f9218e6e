create or replace function private.claim_probes(p_channel_types text[], p_accounts text[])
returns uuid[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid;
  v_delivery_ids uuid[] := '{}';
begin
  for v_channel_id in
    update public.channels
    set
      probes = channels.probes + 1,
      retry_at = clock_timestamp() + private.probe_delay(channels.probes + 1)
    where channels.retry_at <= statement_timestamp()
      and channels.type = any (p_channel_types)
      and (p_accounts is null or channels.account = any (p_accounts))
      and exists (
        select 1
        from private.deliveries
        where deliveries.channel_id = channels.id
          and deliveries.state = 'queued'
          and deliveries.next_attempt_at <= statement_timestamp()
      )
    returning channels.id
  loop
    v_delivery_ids := v_delivery_ids || array(
      select deliveries.id
      from private.deliveries
      where deliveries.channel_id = v_channel_id
        and deliveries.state = 'queued'
        and deliveries.next_attempt_at <= statement_timestamp()
      order by deliveries.next_attempt_at, deliveries.position
      limit 1
      for no key update skip locked
    );
  end loop;
  return v_delivery_ids;
end;
$$;

comment on function private.claim_probes is
'The one message of each refused account that may be sent now, to see whether it still is: the queue
follows when it is taken (R76).';
revoke all on function private.claim_probes from public;
grant execute on function private.claim_probes to service_role;
