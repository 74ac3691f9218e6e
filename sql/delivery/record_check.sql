create or replace function private.record_check(p_channel_id uuid, p_data jsonb)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel public.channels;
  v_state text := coalesce(p_data ->> 'state', '');
  v_fault text := coalesce(p_data ->> 'error', 'no reason given');
begin
  select channels.* into v_channel
  from public.channels
  where channels.id = p_channel_id
  for no key update;
  if not found then
    raise exception using
      errcode = 'PT404', message = format('channel %s not found', p_channel_id);
  elsif v_state not in ('valid', 'invalid', 'silent') then
    raise exception using
      errcode = 'PT400',
      message = format('unknown state %s of a check', v_state),
      hint = 'valid, invalid or silent';
  end if;

  if v_state <> 'silent' then
    perform private.note_access(v_channel, v_state);
  end if;
  if v_state = 'valid' then
    v_fault := private.judge_webhook(v_channel, p_data -> 'webhook');
  end if;
  perform private.note_check(v_channel, v_state, v_fault);

  return jsonb_build_object(
    'fault', v_fault,
    'register', case when p_data #>> '{webhook,url}' = '' then v_channel.webhook_url end
  );
end;
$$;

comment on function private.record_check is
'What a platform says of our account: {state: valid, invalid or silent, error, webhook: {url,
waiting, error, error_at}} (R70, R76). Returns {fault, register}: what is wrong, and the address to
register again where the platform has none any more and we had given it one. PT400, PT404.';
revoke all on function private.record_check from public;
grant execute on function private.record_check to service_role;
