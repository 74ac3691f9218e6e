create or replace function private.ring_worker(p_turns integer, p_sends integer)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.broadcast(
    array_fill('worker'::text, array[cardinality(rings.events)]), rings.events, rings.payloads
  )
  from (
    select
      array_remove(array[
        case when p_turns > 0 then 'reply_jobs' end, case when p_sends > 0 then 'deliveries' end
      ], null) as events,
      array_remove(array[
        case when p_turns > 0 then jsonb_build_object(
          'delay_ms', private.milliseconds(private.debounce())
        ) end,
        case when p_sends > 0 then '{}'::jsonb end
      ], null) as payloads
  ) as rings
  where cardinality(rings.events) > 0;
$$;

comment on function private.ring_worker is
'Rings the worker once for a statement: turns are due in delay_ms, deliveries at once.';
revoke all on function private.ring_worker from public;
grant execute on function private.ring_worker to service_role;
