create or replace function private.lose_channel(p_channel_id uuid, p_reason text, p_alert text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if private.set_channel_status(p_channel_id, 'disconnected', left(p_reason, 500)) then
    insert into private.channel_events (channel_id, kind, data)
    values (
      p_channel_id, 'disconnected', jsonb_build_object('reason', left(p_reason, 500))
    );
    perform private.raise_alert(
      'channel', 'critical', format('%s: %s', p_alert, left(p_reason, 200)), null, p_channel_id
    );
  end if;
end;
$$;

comment on function private.lose_channel is
'Marks a channel as disconnected, keeps when, and tells admins, once for each reason.';
revoke all on function private.lose_channel from public;
grant execute on function private.lose_channel to service_role;
