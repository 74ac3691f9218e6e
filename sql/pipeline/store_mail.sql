create or replace function private.store_mail(
  p_channel_id uuid,
  p_worker text,
  p_uid_validity bigint,
  p_uid bigint,
  p_raw bytea,
  p_headers jsonb
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_mailbox private.mailboxes;
  v_account text;
begin
  select mailboxes.* into v_mailbox
  from private.mailboxes
  where mailboxes.channel_id = p_channel_id
  for no key update;

  if v_mailbox.worker is distinct from p_worker
    or v_mailbox.uid_validity is distinct from p_uid_validity then
    return 'fenced';
  elsif p_uid <= v_mailbox.last_uid then
    return 'known';
  end if;

  update private.mailboxes
  set last_uid = p_uid, seen_at = clock_timestamp()
  where mailboxes.channel_id = p_channel_id;
  if private.mail_is_known(p_channel_id, p_raw, p_headers ->> 'message_id') then
    return 'known';
  end if;

  select channels.account into v_account
  from public.channels
  where channels.id = p_channel_id;
  perform private.ingest_events(
    'email', array[p_raw], jsonb_build_array(p_headers),
    jsonb_build_array(jsonb_build_array(
      jsonb_build_object('kind', 'mail', 'account', v_account)
    )),
    array[null::text]
  );
  return 'stored';
end;
$$;

comment on function private.store_mail is
'Keeps a mail fetched by IMAP, queues it to be read, and moves the cursor, all or nothing. Returns
stored, known (seen under this or another UID), or fenced when another worker has the mailbox.';
revoke all on function private.store_mail from public;
grant execute on function private.store_mail to service_role;
