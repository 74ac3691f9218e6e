create or replace function private.record_channel_event(
  p_channel_id uuid,
  p_kind text,
  p_data jsonb default '{}'
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1
    from public.channels
    where channels.id = p_channel_id
  ) then
    raise exception using
      errcode = 'PT404', message = format('channel %s not found', p_channel_id);
  elsif p_kind in ('in_error', 'out_error') then
    perform private.note_channel_error(
      p_channel_id, p_kind, p_data ->> 'code', p_data ->> 'error'
    );
  elsif p_kind = 'token' then
    perform private.note_token(p_channel_id, p_data);
  elsif p_kind in ('connected', 'disconnected') then
    perform private.turn_channel(p_channel_id, p_kind = 'connected', p_data ->> 'reason');
  else
    raise exception using
      errcode = 'PT400',
      message = format('unknown kind %s', coalesce(p_kind, 'null')),
      hint = 'in_error, out_error, connected, disconnected or token';
  end if;
end;
$$;

comment on function private.record_channel_event is
'What a process of ours learned of a channel: in_error or out_error ({code, error}), connected or
disconnected ({reason}: a mailbox, a webhook), token ({state, expires_at}) (R70). PT400, PT404.';
revoke all on function private.record_channel_event from public;
grant execute on function private.record_channel_event to service_role;
