-- Security definer: visitors read no rules. How long they say they have been on the page is
-- believed as far as the page has been open.
create or replace function private.next_proactive(
  p_session_id uuid,
  p_seconds integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_visitor_id uuid := (select auth.uid());
  v_session public.visitor_sessions;
  v_page public.page_visits;
begin
  perform private.require_pace('proactive ' || v_visitor_id, 60, interval '1 minute');
  perform pg_advisory_xact_lock(hashtextextended('visits of ' || v_visitor_id, 0));
  v_session := private.live_session(null, v_visitor_id, p_session_id);
  if v_session.id is distinct from p_session_id or p_session_id is null then
    raise exception using
      errcode = 'PT404',
      message = 'this session has ended',
      hint = 'call visit_page again';
  end if;

  perform private.require_origin(v_session.channel_id);
  perform private.touch_visitor_everywhere();
  update public.visitor_sessions
  set seen_at = clock_timestamp()
  where visitor_sessions.id = v_session.id
    and visitor_sessions.seen_at < clock_timestamp() - interval '20 seconds';
  select page_visits.* into v_page
  from public.page_visits
  where page_visits.session_id = v_session.id
  order by page_visits.visited_at desc
  limit 1;
  return private.pick_proactive(v_session, v_page.url, least(
    p_seconds, extract(epoch from clock_timestamp() - v_page.visited_at)::integer + 5
  ));
end;
$$;

comment on function private.next_proactive is
'What to show to the calling visitor; see proactive_message().';
revoke all on function private.next_proactive from public;
grant execute on function private.next_proactive to authenticated, service_role;
