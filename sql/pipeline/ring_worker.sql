create or replace function private.ring_worker(
  p_turns integer,
  p_sends integer,
  p_files integer default 0
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_turns > 0 then
    perform private.broadcast(
      array['worker'], array['reply_jobs'],
      array[jsonb_build_object('delay_ms', private.milliseconds(private.debounce()))]
    );
  end if;
  if p_sends > 0 then
    perform private.broadcast(array['worker'], array['deliveries'], array['{}'::jsonb]);
  end if;
  if p_files > 0 then
    perform private.broadcast(array['worker'], array['media'], array['{}'::jsonb]);
  end if;
end;
$$;

comment on function private.ring_worker is
'Rings the worker once for a statement: turns are due in delay_ms, deliveries
and files at once.';
revoke all on function private.ring_worker from public;
grant execute on function private.ring_worker to service_role;
