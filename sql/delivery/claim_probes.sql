create or replace function private.claim_probes(p_channel_types text[], p_accounts text[])
returns uuid[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid;
  v_delivery_id uuid;
  v_delivery_ids uuid[] := '{}';
begin
  for v_channel_id in
    select channels.id
    from public.channels
    where channels.retry_at <= statement_timestamp()
      and coalesce(channels.paused_until <= statement_timestamp(), true)
      and channels.type = any (p_channel_types)
      and (p_accounts is null or channels.account = any (p_accounts))
    order by channels.id
    for no key update skip locked
  loop
    select deliveries.id into v_delivery_id
    from private.deliveries
    where deliveries.channel_id = v_channel_id
      and deliveries.state = 'queued'
      and deliveries.next_attempt_at <= statement_timestamp()
      and not exists (
        select 1
        from private.deliveries as earlier
        where earlier.conversation_id = deliveries.conversation_id
          and earlier.channel_id = deliveries.channel_id
          and earlier.state in ('queued', 'sending')
          and earlier.position < deliveries.position
      )
    order by deliveries.position
    limit 1
    for no key update skip locked;
    continue when v_delivery_id is null;

    v_delivery_ids := v_delivery_ids || v_delivery_id;
    update public.channels
    set
      probes = channels.probes + 1,
      retry_at = clock_timestamp() + private.probe_delay(channels.probes + 1, channels.refusals)
    where channels.id = v_channel_id;
  end loop;
  return v_delivery_ids;
end;
$$;

comment on function private.claim_probes is
'The one message of each refused account that may be sent now, to see whether it still is: the queue
follows when it is taken (R76).';
revoke all on function private.claim_probes from public;
grant execute on function private.claim_probes to service_role;
