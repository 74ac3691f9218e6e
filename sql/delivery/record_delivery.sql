-- A receipt may have been faster than the worker: the state then stands and only the id is added,
-- unless the worker knows of parts that are missing.
create or replace function private.record_delivery(
  p_delivery_id uuid,
  p_worker text,
  p_attempt integer,
  p_result jsonb
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
begin
  select deliveries.* into v_delivery
  from private.deliveries
  where deliveries.id = p_delivery_id
  for no key update;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('delivery %s not found', p_delivery_id);
  elsif v_delivery.worker is distinct from p_worker or v_delivery.attempts <> p_attempt then
    return 'fenced';
  elsif p_result ->> 'result' = 'sent' then
    return private.record_sent(v_delivery, private.texts_of(p_result -> 'external_ids'));
  elsif v_delivery.state not in ('sending', 'unknown') and not (
    v_delivery.state in ('sent', 'delivered', 'read')
    and p_result ->> 'result' in ('retry', 'failed')
    and cardinality(private.texts_of(p_result -> 'external_ids')) > 0
  ) then
    return v_delivery.state;
  end if;
  return private.record_failure(v_delivery, p_result);
end;
$$;

comment on function private.record_delivery is
'What became of a send: {result: sent|retry|failed|unknown, external_ids, code, error,
retry_after_s, account_blocked, unreachable, channel_paused}; returns the new state, or fenced for a
lost claim. PT404.';
revoke all on function private.record_delivery from public;
grant execute on function private.record_delivery to service_role;
