create or replace function private.record_mailbox(
  p_channel_id uuid,
  p_worker text,
  p_state text,
  p_error text default null
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
    state = p_state,
    error = left(p_error, 500),
    seen_at = case p_state when 'connected' then clock_timestamp() else mailboxes.seen_at end
  where mailboxes.channel_id = p_channel_id and mailboxes.worker = p_worker;

  if not found then
    return false;
  end if;
  case p_state
    when 'connected' then perform private.unblock_channel(p_channel_id);
    when 'refused' then perform private.block_channel(p_channel_id, p_error);
    else perform private.set_channel_status(p_channel_id, 'degraded', p_error);
  end case;
  return true;
end;
$$;

comment on function private.record_mailbox is
'How a mailbox fares: connected, away, or refused, which tells admins (R70, R76); false for a lost
lease.';
revoke all on function private.record_mailbox from public;
grant execute on function private.record_mailbox to service_role;
