create or replace function private.finish_replays(p_report jsonb, p_is_dry boolean)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.replay_requests
  set report = reports.line, finished_at = clock_timestamp()
  from jsonb_array_elements(p_report) as reports (line)
  where replay_requests.inbound_id = (reports.line -> 'inbound_id')::bigint
    and (p_is_dry or reports.line -> 'reads_again' is distinct from 'true')
    and replay_requests.is_dry = p_is_dry
    and replay_requests.finished_at is null;
end;
$$;

comment on function private.finish_replays is
'Keeps what replays changed with the requests that were to be replayed; the replay of a mail ends
once that was read (finish_mail).';
revoke all on function private.finish_replays from public;
grant execute on function private.finish_replays to service_role;
