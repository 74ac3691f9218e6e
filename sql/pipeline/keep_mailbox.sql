create or replace function private.keep_mailbox(p_channel_id uuid, p_worker text)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.mailboxes
  set lease_until = clock_timestamp() + interval '30 seconds'
  where mailboxes.channel_id = p_channel_id and mailboxes.worker = p_worker;
  return found;
end;
$$;

comment on function private.keep_mailbox is
'Renews the lease of a mailbox; false when another worker has it.';
revoke all on function private.keep_mailbox from public;
grant execute on function private.keep_mailbox to service_role;
