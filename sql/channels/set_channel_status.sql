create or replace function private.set_channel_status(
  p_channel_id uuid,
  p_status text,
  p_reason text default null
)
returns boolean
language sql
volatile
security invoker
set search_path = ''
as $$
  with changed as (
    update public.channels
    set status = p_status, status_reason = p_reason
    where channels.id = p_channel_id
      and (channels.status, channels.status_reason) is distinct from (p_status, p_reason)
    returning channels.id
  )

  select exists (select 1 from changed);
$$;

comment on function private.set_channel_status is
'Notes how a channel fares; true when that is news (R70, R76).';
revoke all on function private.set_channel_status from public;
grant execute on function private.set_channel_status to service_role;
