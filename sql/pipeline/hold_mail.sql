create or replace function private.hold_mail(
  p_channel_id uuid,
  p_worker text,
  p_uid_validity bigint,
  p_uid bigint,
  p_code text
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_refusals integer;
begin
  update private.mailboxes
  set
    refusals = case when mailboxes.refused_uid = p_uid then mailboxes.refusals + 1 else 1 end,
    refused_uid = p_uid,
    error = format('the database refuses the mail with UID %s: %s', p_uid, left(p_code, 100))
  where mailboxes.channel_id = p_channel_id
    and mailboxes.worker = p_worker
    and mailboxes.uid_validity = p_uid_validity
    and mailboxes.last_uid < p_uid
  returning mailboxes.refusals into v_refusals;

  return case
    when v_refusals is null then 'fenced'
    when v_refusals < 3 then 'waiting'
    else 'due'
  end;
end;
$$;

comment on function private.hold_mail is
'Counts that the database refused the next mail of a mailbox. Returns waiting (to be tried again),
due (refused three times: to be buried, so that those behind it come in), or fenced when another
worker has the mailbox.';
revoke all on function private.hold_mail from public;
grant execute on function private.hold_mail to service_role;
