create or replace function private.fall_back_blocked()
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
    join public.channels on channels.id = deliveries.channel_id
    cross join lateral private.next_identity(deliveries) as usable
    where deliveries.state = 'queued'
      and channels.retry_at is not null
      and deliveries.created_at < statement_timestamp() - channels.fallback_after
      and usable.id is not null
    order by deliveries.next_attempt_at
    limit 100
    for no key update of deliveries skip locked
  loop
    if private.fall_back(v_delivery) then
      update private.deliveries
      set state = 'failed', error_code = coalesce(deliveries.error_code, 'account_blocked')
      where deliveries.id = v_delivery.id
      returning * into v_delivery;
      perform private.show_delivery(v_delivery);
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end;
$$;

comment on function private.fall_back_blocked is
'Messages that have waited too long for a refused account go by another channel, where the
customer agreed to one (R73, R76); returns how many.';
revoke all on function private.fall_back_blocked from public;
grant execute on function private.fall_back_blocked to service_role;
