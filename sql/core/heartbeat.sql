create or replace function private.heartbeat(p_kind text, p_name text, p_state jsonb default '{}')
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into private.processes (kind, name, state)
  values (p_kind, p_name, coalesce(p_state, '{}'))
  on conflict (name) do update
    set state = excluded.state, seen_at = clock_timestamp();
$$;

comment on function private.heartbeat is
'A process says once a second that it lives, and how it is (worker, webhooks, gateway).';
revoke all on function private.heartbeat from public;
grant execute on function private.heartbeat to service_role;
