-- A mail may lie about its sender: note_sender looks at that.
-- The last word of a batch counts, and a wrong one (an old request that is replayed) does not last:
-- the platform refuses the next send, or the customer writes. Identities are locked after all else.
create or replace function private.ingest_reachability(
  p_items private.inbound_item[],
  p_kinds jsonb
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not p_kinds ? 'reachability' and not exists (
    select 1
    from public.customer_identities
    where customer_identities.unreachable_since is not null
      and customer_identities.channel_id in (select items.channel_id from unnest(p_items) as items)
  ) then
    return;
  end if;

  perform private.set_reachable(heard.identity_id, heard.is_reachable)
  from (
    select distinct on (known.id)
      known.id as identity_id, known.was_reachable,
      items.item ->> 'kind' = 'message' or items.item -> 'is_reachable' = 'true' as is_reachable
    from unnest(p_items) as items
    cross join lateral jsonb_array_elements(items.item -> 'identities') as named (item)
    -- One look-up each, so that the plan goes by the whole key, however young the statistics.
    cross join lateral (
      select
        customer_identities.id, customer_identities.unreachable_since is null as was_reachable
      from public.customer_identities
      where customer_identities.channel_id = items.channel_id
        and customer_identities.kind = named.item ->> 'kind'
        and customer_identities.value = named.item ->> 'value'
      limit 1
    ) as known
    where items.item ->> 'kind' = 'reachability'
      or (
        items.item ->> 'kind' = 'message'
        and items.item ->> 'sender' is distinct from 'agent'
        and items.item ->> 'thread' is null
        and private.brought(items)
      )
    order by known.id, items.place desc
  ) as heard
  where heard.is_reachable <> heard.was_reachable;
end;
$$;

comment on function private.ingest_reachability is
'Customers who have stopped us from writing to them, and those who have come back: who writes can be
written to. p_kinds lists the kinds of the events.';
revoke all on function private.ingest_reachability from public;
grant execute on function private.ingest_reachability to service_role;
