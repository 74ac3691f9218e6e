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
    select distinct on (customer_identities.id)
      customer_identities.id as identity_id,
      items.item ->> 'kind' = 'message' or items.item -> 'is_reachable' = 'true' as is_reachable
    from unnest(p_items) as items
    cross join lateral jsonb_array_elements(items.item -> 'identities') as named (item)
    join public.customer_identities
      on customer_identities.channel_id = items.channel_id
      and customer_identities.kind = named.item ->> 'kind'
      and customer_identities.value = named.item ->> 'value'
    where items.item ->> 'kind' = 'reachability'
      or (items.item ->> 'kind' = 'message' and items.item ->> 'sender' is distinct from 'agent')
    order by customer_identities.id, items.place desc
  ) as heard;
end;
$$;

comment on function private.ingest_reachability is
'Customers who have stopped us from writing to them, and those who have come back: who writes can be
written to. p_kinds lists the kinds of the events.';
revoke all on function private.ingest_reachability from public;
grant execute on function private.ingest_reachability to service_role;
