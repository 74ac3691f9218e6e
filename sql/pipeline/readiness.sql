create or replace function private.readiness()
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'migration', private.migration_version(),
    'workers', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', processes.name,
        'age_ms', private.milliseconds(clock_timestamp() - processes.seen_at),
        'state', processes.state
      ) order by processes.seen_at desc), '[]')
      from private.processes
      where processes.kind = 'worker'
        and processes.seen_at > clock_timestamp() - interval '1 minute'
    ),
    'queues', private.queue_metrics(),
    'dead_letters', (
      select count(*)
      from public.dead_letters
    ),
    'channels', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'type', channels.type,
        'account', channels.account,
        'status', channels.status,
        'status_reason', channels.status_reason,
        'last_in_at', channels.last_in_at,
        'last_out_at', channels.last_out_at,
        'last_error_at', channels.last_error_at,
        'token_state', channels.token_state
      ) order by channels.type, channels.account), '[]')
      from public.channels
      where channels.is_enabled
    )
  );
$$;

comment on function private.readiness is
'What /readyz reports: migration, workers with the age of their heartbeat, queues, channels.';
revoke all on function private.readiness from public;
grant execute on function private.readiness to service_role;
