create or replace function private.fails_for_now(p_channel_type text, p_code text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_channel_type = 'whatsapp'
    and private.failure_class(p_channel_type, p_code) in ('throttled', 'transient', 'account');
end;
$$;

comment on function private.fails_for_now is
'Whether a platform that reports a message as failed would take it later: too fast, held back for
now, out of order for now, our account refused for now.';
revoke all on function private.fails_for_now from public;
grant execute on function private.fails_for_now to service_role;
