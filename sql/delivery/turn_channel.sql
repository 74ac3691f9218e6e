create or replace function private.turn_channel(p_channel_id uuid, p_found boolean, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set lost_at = case when not p_found then clock_timestamp() end
  where channels.id = p_channel_id and (channels.lost_at is null) <> p_found;

  if p_found then
    perform private.find_channel(p_channel_id);
  else
    perform private.lose_channel(
      p_channel_id, coalesce(p_reason, 'no reason given'),
      format('channel %s is lost', p_channel_id)
    );
  end if;
end;
$$;

comment on function private.turn_channel is
'What comes in on a channel is lost (a mailbox that cannot be reached, a webhook that is gone) or
found again.';
revoke all on function private.turn_channel from public;
grant execute on function private.turn_channel to service_role;
