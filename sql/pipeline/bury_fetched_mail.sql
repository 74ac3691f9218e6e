create or replace function private.bury_fetched_mail(
  p_channel_id uuid,
  p_worker text,
  p_uid_validity bigint,
  p_uid bigint,
  p_headers jsonb,
  p_raw bytea default null
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_reason text;
  v_inbound_id bigint;
begin
  update private.mailboxes
  set last_uid = p_uid
  where mailboxes.channel_id = p_channel_id
    and mailboxes.worker = p_worker
    and mailboxes.uid_validity = p_uid_validity
    and mailboxes.last_uid < p_uid
  returning mailboxes.error into v_reason;

  if not found then
    return 'fenced';
  elsif p_raw is null then
    insert into private.rejected_items (channel_type, channel_id, item, reason)
    values (
      'email', p_channel_id,
      jsonb_build_object(
        'kind', 'unhandled', 'uid', p_uid, 'uid_validity', p_uid_validity, 'reason', v_reason
      ),
      concat(v_reason, '; it is kept in the mailbox alone')
    );
    return 'dead';
  end if;

  v_inbound_id := (
    private.keep_requests('email', array[p_raw], jsonb_build_array(p_headers), array[v_reason])
  )[1];
  insert into private.unread_mail (inbound_id, channel_id, state, error)
  values (v_inbound_id, p_channel_id, 'dead', v_reason);
  return 'dead';
end;
$$;

comment on function private.bury_fetched_mail is
'Gives up a mail of a mailbox that the database refused three times: its bytes become a dead letter
that can be read again (I9, I10), and the cursor moves past it. Without p_raw, for bytes that are
refused as well, the dead letter names its UID. Returns dead, or fenced for a lost mailbox.';
revoke all on function private.bury_fetched_mail from public;
grant execute on function private.bury_fetched_mail to service_role;
