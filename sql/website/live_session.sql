create or replace function private.live_session(
  p_channel_id uuid,
  p_visitor_id uuid,
  p_session_id uuid default null
)
returns public.visitor_sessions
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_session public.visitor_sessions;
begin
  select visitor_sessions.* into v_session
  from public.visitor_sessions
  where visitor_sessions.visitor_id = p_visitor_id
    and visitor_sessions.channel_id = coalesce(p_channel_id, visitor_sessions.channel_id)
    and visitor_sessions.seen_at > clock_timestamp() - interval '30 minutes'
  order by visitor_sessions.id = p_session_id desc nulls last, visitor_sessions.seen_at desc
  limit 1;
  return v_session;
end;
$$;

comment on function private.live_session is
'The session that a visitor is in, p_session_id if that is one; it ends after 30 idle minutes.';
revoke all on function private.live_session from public;
grant execute on function private.live_session to service_role;
