create or replace function private.leave_mailbox(p_channel_id uuid, p_worker text)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.mailboxes
  set worker = null, lease_until = null
  where mailboxes.channel_id = p_channel_id and mailboxes.worker = p_worker;
  return found;
end;
$$;

comment on function private.leave_mailbox is
'Gives a mailbox back, so that the next worker need not wait for the lease to end.';
revoke all on function private.leave_mailbox from public;
grant execute on function private.leave_mailbox to service_role;
