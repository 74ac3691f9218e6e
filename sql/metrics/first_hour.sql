create or replace function private.first_hour()
returns timestamptz
language sql
stable
security invoker
set search_path = ''
as $$
  select date_trunc('hour', least(
    (
      select min(messages.created_at)
      from public.messages
    ),
    (
      select min(realtime_metrics.timestamp)
      from public.realtime_metrics
    )
  ), 'UTC');
$$;

comment on function private.first_hour is
'The hour of the first message or measurement there is, or null.';
revoke all on function private.first_hour from public;
grant execute on function private.first_hour to service_role;
