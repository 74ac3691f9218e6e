create or replace function private.set_mailbox_cursor(
  p_channel_id uuid,
  p_worker text,
  p_uid_validity bigint,
  p_last_uid bigint,
  p_rescanned_from date default null
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.mailboxes
  set
    uid_validity = p_uid_validity,
    last_uid = p_last_uid,
    rescanned_from = coalesce(p_rescanned_from, mailboxes.rescanned_from)
  where mailboxes.channel_id = p_channel_id and mailboxes.worker = p_worker;
  return found;
end;
$$;

comment on function private.set_mailbox_cursor is
'Where reading a mailbox begins, at the first start and after the server numbered its mails anew;
false for a lost lease.';
revoke all on function private.set_mailbox_cursor from public;
grant execute on function private.set_mailbox_cursor to service_role;
