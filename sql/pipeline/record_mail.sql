create or replace function private.record_mail(
  p_inbound_id bigint,
  p_worker text,
  p_attempt integer,
  p_events jsonb,
  p_error text default null
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_mail private.unread_mail;
begin
  select unread_mail.* into v_mail
  from private.unread_mail
  where unread_mail.inbound_id = p_inbound_id
  for update;

  if v_mail.state is distinct from 'reading' or v_mail.worker is distinct from p_worker
    or v_mail.attempts <> p_attempt then
    return 'fenced';
  elsif p_error is null then
    delete from private.unread_mail
    where unread_mail.inbound_id = p_inbound_id;
    perform private.ingest_events(
      'email', '{}', '[]',
      jsonb_build_array(private.tell_mails_apart(p_events, v_mail.channel_id)),
      array[null::text], array[p_inbound_id]
    );
    perform private.finish_mail(p_inbound_id);
    return 'done';
  elsif v_mail.attempts >= 3 then
    perform private.bury_mail(p_inbound_id, p_error);
    return 'dead';
  end if;

  update private.unread_mail
  set
    state = 'waiting', worker = null, lease_until = null, error = left(p_error, 1000),
    next_attempt_at = clock_timestamp() + private.retry_delay(v_mail.attempts)
  where unread_mail.inbound_id = p_inbound_id;
  return 'waiting';
end;
$$;

comment on function private.record_mail is
'What a claimed mail said: its events are stored in the transaction that takes it off the queue, or
p_error why it could not be read. Returns done, waiting, dead, or fenced for a lost claim.';
revoke all on function private.record_mail from public;
grant execute on function private.record_mail to service_role;
