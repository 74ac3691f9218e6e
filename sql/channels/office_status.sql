create or replace function public.office_status(p_channel_id uuid default null)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select private.office_state(p_channel_id);
$$;

comment on function public.office_status is
'Whether people are there now, and when next: {is_open, opens_at, time_zone}; for everybody.';
revoke all on function public.office_status from public, anon, authenticated, service_role;
grant execute on function public.office_status to anon, authenticated, service_role;
