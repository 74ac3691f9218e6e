create or replace function private.telegram_failure_class(p_code text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_code = '403' then 'recipient'
    when p_code = '429' then 'throttled'
    when p_code in ('401', '404', '409') then 'account'
    when p_code in ('400', '413') then 'content'
    when p_code ~ '^5[0-9]{2}$' then 'transient'
    else 'unknown'
  end;
end;
$$;

comment on function private.telegram_failure_class is
'The class of an error of the Bot API, by its HTTP status.';
revoke all on function private.telegram_failure_class from public;
grant execute on function private.telegram_failure_class to service_role;
