create or replace function private.ring_deliveries()
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.broadcast(array['worker'], array['deliveries'], array['{}'::jsonb]);
$$;

comment on function private.ring_deliveries is
'Rings the worker: something waits to be sent.';
revoke all on function private.ring_deliveries from public;
grant execute on function private.ring_deliveries to service_role;
