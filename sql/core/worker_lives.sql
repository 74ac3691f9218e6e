create or replace function private.worker_lives(p_worker text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from private.processes
    where processes.name = p_worker
      and processes.seen_at > statement_timestamp() - interval '2.5 seconds'
  );
end;
$$;

comment on function private.worker_lives is
'Whether a process has shown itself within 2.5 seconds; it does so every second.';
revoke all on function private.worker_lives from public;
grant execute on function private.worker_lives to service_role;
