create or replace function private.finish_mail(p_inbound_id bigint)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.replay_requests
  set
    finished_at = clock_timestamp(),
    report = jsonb_build_object(
      'inbound_id', inbound_events.id,
      'becomes', inbound_events.state,
      'error', inbound_events.error,
      'reads_again', false
    )
  from private.inbound_events
  where replay_requests.inbound_id = p_inbound_id
    and replay_requests.finished_at is null
    and inbound_events.id = p_inbound_id;
end;
$$;

comment on function private.finish_mail is
'Ends the replay of a mail once that is read or given up.';
revoke all on function private.finish_mail from public;
grant execute on function private.finish_mail to service_role;
