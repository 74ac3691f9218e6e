create or replace function private.settle_failure(p_delivery private.deliveries)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.deliveries
  set settled_at = clock_timestamp()
  where deliveries.id = p_delivery.id
    and deliveries.state in ('dead', 'failed')
    and deliveries.settled_at is null;

  if not found
    or private.shown_state(p_delivery) not in ('dead', 'failed')
    or not exists (
      select 1
      from public.messages
      where messages.id = p_delivery.message_id and messages.sender_type in ('ai', 'agent')
    ) then
    return false;
  end if;

  perform private.give_up_answer(
    p_delivery, private.failure_class(p_delivery.channel_type, p_delivery.error_code)
  );
  perform private.raise_alert(
    'delivery', 'warning',
    format('an answer on %s could not be delivered: %s', p_delivery.channel_type,
      coalesce(p_delivery.error_code, 'no reason given')),
    null, p_delivery.channel_id
  );
  return true;
end;
$$;

comment on function private.settle_failure is
'Once for each failure: when no other channel has the answer, people get the conversation and an
alert (R75). A failing notice of ours makes no second one. True when an answer was lost.';
revoke all on function private.settle_failure from public;
grant execute on function private.settle_failure to service_role;
