create or replace function private.failure_class(p_channel_type text, p_code text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_code is null then 'unknown'
    when p_code in (
      'no_address', 'bad_address', 'bad_id', 'suppressed', 'unreachable', 'migrated'
    ) then 'recipient'
    when p_code in (
      'empty', 'too_long', 'too_large', 'caption_not_allowed', 'unknown_type', 'not_sendable',
      'file_gone', 'no_file'
    ) then 'content'
    when p_code = 'window' then 'window'
    when p_code in ('account_not_configured', 'reconnect_needed', 'tls', 'not_supported')
      then 'account'
    when p_code in ('pace', 'lookups') then 'throttled'
    when p_code = 'storage' then 'transient'
    when p_channel_type = 'email' then private.mail_failure_class(p_code)
    when p_channel_type = 'telegram' then private.telegram_failure_class(p_code)
    when p_channel_type in ('whatsapp', 'instagram', 'messenger')
      then private.meta_failure_class(p_code)
    else 'unknown'
  end;
end;
$$;

comment on function private.failure_class is
'What a platform''s error code means, in the answer to a send and in a receipt alike: throttled,
transient, content, window, recipient, account or unknown (R72, R73).';
revoke all on function private.failure_class from public;
grant execute on function private.failure_class to service_role;
