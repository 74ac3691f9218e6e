create or replace function private.note_access(p_channel public.channels, p_state text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_channel.token_state = p_state
    or p_channel.token_state = 'expiring' and p_state = 'valid' then
    return;
  end if;

  perform private.note_token(p_channel.id, jsonb_strip_nulls(jsonb_build_object(
    'state', p_state,
    'expires_at', case
      when p_channel.token_expires_at > clock_timestamp() then p_channel.token_expires_at
    end
  )));
  if p_channel.token_state = 'invalid' then
    perform private.unblock_channel(p_channel.id);
  end if;
end;
$$;

comment on function private.note_access is
'Keeps whether the platform takes our token, where that is news; once it does again the queue
follows. What sends are refused for otherwise is not told by a check, and stays.';
revoke all on function private.note_access from public;
grant execute on function private.note_access to service_role;
