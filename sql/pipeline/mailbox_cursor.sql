create or replace function private.mailbox_cursor(p_channel_id uuid)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'uid_validity', mailboxes.uid_validity,
    'last_uid', mailboxes.last_uid,
    'seen_on', mailboxes.seen_at::date
  )
  from private.mailboxes
  where mailboxes.channel_id = p_channel_id;
$$;

comment on function private.mailbox_cursor is
'How far a mailbox has been read: {uid_validity, last_uid, seen_on}; no validity before the first.';
revoke all on function private.mailbox_cursor from public;
grant execute on function private.mailbox_cursor to service_role;
