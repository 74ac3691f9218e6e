create or replace function private.open_session(
  p_channel_id uuid,
  p_visitor_id uuid,
  p_url text,
  p_referrer text
)
returns public.visitor_sessions
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_session public.visitor_sessions;
begin
  insert into public.visitor_sessions (
    visitor_id, channel_id, visit_number, landing_url, referrer, user_agent, language
  )
  select
    p_visitor_id, p_channel_id, count(*) + 1, p_url, private.clean_url(p_referrer),
    left(private.request_header('user-agent'), 400),
    private.language_asked(private.request_header('accept-language'))
  from public.visitor_sessions
  where visitor_sessions.visitor_id = p_visitor_id
    and visitor_sessions.channel_id = p_channel_id
  returning * into v_session;
  return v_session;
end;
$$;

comment on function private.open_session is
'Begins a session; the browser and its language are those of the request.';
revoke all on function private.open_session from public;
grant execute on function private.open_session to service_role;
