create or replace function private.mail_failure_class(p_code text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_status text := split_part(p_code, ' ', 1);
begin
  return case
    when v_status ~ '^(530|534|535|454|5\.7\.(0|8|9|11))$' then 'account'
    when v_status ~ '^(450|452|4\.3\.2|4\.7\.\d+)$' then 'throttled'
    when v_status ~ '^4(\d\d|\.\d+\.\d+)$' then 'transient'
    when v_status ~ '^(550|551|553|5\.1\.\d+|5\.2\.\d+|5\.4\.\d+)$' then 'recipient'
    when v_status ~ '^(552|554|5\.3\.4|5\.6\.\d+|5\.7\.\d+)$' then 'content'
    else 'unknown'
  end;
end;
$$;

comment on function private.mail_failure_class is
'The class of an SMTP reply code or of an enhanced status code (RFC 3463), as a bounce tells it.';
revoke all on function private.mail_failure_class from public;
grant execute on function private.mail_failure_class to service_role;
