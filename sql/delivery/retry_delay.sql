create or replace function private.retry_delay(p_attempts integer)
returns interval
language sql
volatile
security invoker
set search_path = ''
as $$
  select interval '1 second' * least(power(4, least(greatest(p_attempts - 1, 0), 9)), 3600)
    * (0.8 + 0.4 * random());
$$;

comment on function private.retry_delay is
'How long to wait after the n-th failure: 1, 4, 16, 64 s … an hour, give or take a fifth (R72).';
revoke all on function private.retry_delay from public;
grant execute on function private.retry_delay to service_role;
