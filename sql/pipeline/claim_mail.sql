-- A mail that took its reader down three times, whoever that was, would take down the next one.
create or replace function private.claim_mail(p_worker text, p_limit integer)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.bury_mail(unread_mail.inbound_id, 'its reader went away, three times')
  from private.unread_mail
  where unread_mail.attempts >= 3 and private.mail_is_abandoned(unread_mail);

  return query
  with due as materialized (
    select unread_mail.inbound_id
    from private.unread_mail
    where unread_mail.state <> 'dead'
      and unread_mail.next_attempt_at <= statement_timestamp()
      and (unread_mail.state = 'waiting' or private.mail_is_abandoned(unread_mail))
    order by unread_mail.next_attempt_at
    limit p_limit
    for no key update skip locked
  ),

  claimed as (
    update private.unread_mail
    set
      state = 'reading', worker = p_worker, attempts = unread_mail.attempts + 1,
      lease_until = clock_timestamp() + interval '60 seconds'
    from due
    where unread_mail.inbound_id = due.inbound_id
    returning unread_mail.*
  )

  select jsonb_build_object(
    'inbound_id', claimed.inbound_id,
    'attempt', claimed.attempts,
    'account', channels.account,
    'headers', inbound_events.headers,
    'size', length(inbound_events.body)
  )
  from claimed
  join private.inbound_events on inbound_events.id = claimed.inbound_id
  join public.channels on channels.id = claimed.channel_id;
end;
$$;

comment on function private.claim_mail is
'Leases unread mails to a worker for a minute, oldest first: {inbound_id, attempt, account, headers,
size}; their bytes are read by mail_bytes. An expired lease, or a dead worker''s, is taken again.';
revoke all on function private.claim_mail from public;
grant execute on function private.claim_mail to service_role;
