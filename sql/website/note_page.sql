create or replace function private.note_page(
  p_session public.visitor_sessions,
  p_url text,
  p_title text
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_last public.page_visits;
begin
  select page_visits.* into v_last
  from public.page_visits
  where page_visits.session_id = p_session.id
  order by page_visits.visited_at desc
  limit 1;

  if v_last.url = p_url and v_last.visited_at > clock_timestamp() - interval '10 seconds' then
    return;
  end if;

  insert into public.page_visits (session_id, url, title)
  values (p_session.id, p_url, left(btrim(p_title), 300));
  update public.visitor_sessions
  set page_count = visitor_sessions.page_count + 1, seen_at = clock_timestamp()
  where visitor_sessions.id = p_session.id;
end;
$$;

comment on function private.note_page is
'Adds a page to a session; the same page within ten seconds is one visit.';
revoke all on function private.note_page from public;
grant execute on function private.note_page to service_role;
