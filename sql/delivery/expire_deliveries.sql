create or replace function private.expire_deliveries()
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
    update private.deliveries
    set
      state = case when deliveries.channel_type = 'email' then 'queued' else 'unknown' end,
      lease_until = null,
      error_code = 'lease_expired',
      error = 'the worker went away while sending'
    where deliveries.id in (
      select stuck.id
      from private.deliveries as stuck
      where stuck.state = 'sending'
        and (
          stuck.lease_until < statement_timestamp()
          or not private.worker_lives(stuck.worker)
        )
      order by stuck.id
      limit 100
      for no key update skip locked
    )
    returning *
  loop
    perform private.show_delivery(v_delivery);
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;

comment on function private.expire_deliveries is
'A send whose worker died is unknown: nobody knows whether it went out. Mail may be sent again, as
its Message-ID stays the same. Returns how many.';
revoke all on function private.expire_deliveries from public;
grant execute on function private.expire_deliveries to service_role;
