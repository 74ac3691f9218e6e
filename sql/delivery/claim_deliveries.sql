-- Oldest first, and per conversation and channel only the first that is still open: order is kept,
-- and what is stuck elsewhere blocks nothing. In plpgsql, as only there the plan knows the limit: a
-- long queue is read from its front, not sorted.
create or replace function private.claim_deliveries(
  p_worker text,
  p_channel_types text[],
  p_limit integer,
  p_accounts text[] default null
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_ids uuid[] := private.sending_channels(p_channel_types, p_accounts);
  v_delivery_ids uuid[] := private.claim_probes(p_channel_types, p_accounts);
begin
  v_delivery_ids := v_delivery_ids || array(
    select deliveries.id
    from private.deliveries
    where deliveries.state = 'queued'
      and deliveries.next_attempt_at <= statement_timestamp()
      and deliveries.channel_id = any (v_channel_ids)
      and not exists (
        select 1
        from private.deliveries as earlier
        where earlier.conversation_id = deliveries.conversation_id
          and earlier.channel_id = deliveries.channel_id
          and earlier.state in ('queued', 'sending')
          and earlier.position < deliveries.position
      )
    order by deliveries.next_attempt_at
    limit p_limit
    for no key update skip locked
  );

  return query
  with claimed as (
    update private.deliveries
    set
      state = 'sending', worker = p_worker, attempts = deliveries.attempts + 1,
      attempted_at = clock_timestamp(), lease_until = clock_timestamp() + interval '2 minutes'
    where deliveries.id = any (v_delivery_ids)
    returning deliveries.*
  )

  select private.outgoing(claimed)
  from claimed;
end;
$$;

comment on function private.claim_deliveries is
'Leases due deliveries of these channel types (and accounts, unless null) to a worker for two
minutes (files take their time; a dead worker is known by its heartbeat), each with all it needs to
be sent: {delivery_id, attempt, message_id, conversation_id, channel_type, account, identities,
is_reachable, content, message_type, media, choices, template, reply_to, via, window_open,
sender_type, language, external_ids, mail}.';
revoke all on function private.claim_deliveries from public;
grant execute on function private.claim_deliveries to service_role;
