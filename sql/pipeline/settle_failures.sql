-- A step of its own, as whoever reports a failure holds the delivery, and the conversation comes
-- before it in the order of locks. One failure that cannot be settled must not hold up the six
-- seconds, which the same sweep keeps.
create or replace function private.settle_failures()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
  v_count integer := 0;
begin
  for v_delivery in
    select deliveries.*
    from private.deliveries
    where deliveries.state in ('dead', 'failed') and deliveries.settled_at is null
    order by deliveries.created_at
    limit 50
  loop
    perform 1
    from public.conversations
    where conversations.id = v_delivery.conversation_id
    for no key update skip locked;
    continue when not found;

    begin
      v_count := v_count + private.settle_failure(v_delivery)::integer;
    exception
      when transaction_rollback or insufficient_resources then
        raise;
      when others then
        update private.deliveries
        set settled_at = clock_timestamp(), error = left(sqlerrm, 1000)
        where deliveries.id = v_delivery.id;
    end;
  end loop;
  return v_count;
end;
$$;

comment on function private.settle_failures is
'Draws the consequences of deliveries that failed for good; returns how many answers were lost.';
revoke all on function private.settle_failures from public;
grant execute on function private.settle_failures to service_role;
