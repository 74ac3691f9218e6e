create or replace function private.rolled_until()
returns timestamptz
language sql
stable
security invoker
set search_path = ''
as $$
  select max(metric_hours.hour) + interval '1 hour'
  from private.metric_hours;
$$;

comment on function private.rolled_until is
'The first moment that metric_hours does not hold yet; null while it holds nothing.';
revoke all on function private.rolled_until from public;
grant execute on function private.rolled_until to authenticated, service_role;
