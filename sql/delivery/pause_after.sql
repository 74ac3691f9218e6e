create or replace function private.pause_after(p_failures integer, p_retry_after_s jsonb)
returns interval
language sql
volatile
security invoker
set search_path = ''
as $$
  select case
    when private.number_of(p_retry_after_s) >= 0
      then least(private.number_of(p_retry_after_s) * interval '1 second', interval '1 hour')
    else private.retry_delay(p_failures)
  end;
$$;

comment on function private.pause_after is
'How long to wait after the n-th failure: as the platform asks, an hour at most, or ever longer.';
revoke all on function private.pause_after from public;
grant execute on function private.pause_after to service_role;
