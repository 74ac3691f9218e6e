create or replace function private.note_token(p_channel_id uuid, p_data jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_state text := p_data ->> 'state';
begin
  if coalesce(v_state, '') not in ('valid', 'expiring', 'invalid') then
    raise exception using
      errcode = 'PT400',
      message = format('unknown state %s of a token', coalesce(v_state, 'null')),
      hint = 'valid, expiring or invalid';
  end if;

  update public.channels
  set
    token_state = v_state,
    token_expires_at = case
      when pg_input_is_valid(p_data ->> 'expires_at', 'timestamptz')
        then (p_data ->> 'expires_at')::timestamptz
    end
  where channels.id = p_channel_id;

  insert into private.channel_events (channel_id, kind, data)
  values (p_channel_id, 'token', p_data);
  perform private.judge_tokens();
end;
$$;

comment on function private.note_token is
'Keeps how our access to a platform stands: valid, expiring or invalid, and until when. PT400.';
revoke all on function private.note_token from public;
grant execute on function private.note_token to service_role;
