-- Security definer: visitors write sessions and visits only through here, in their own name.
create or replace function private.record_visit(
  p_url text,
  p_title text,
  p_referrer text,
  p_session_id uuid,
  p_consent boolean,
  p_channel_id uuid
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_visitor_id uuid := (select auth.uid());
  v_channel_id uuid := private.website_channel(p_channel_id);
  v_url text := private.clean_url(p_url);
  v_session public.visitor_sessions;
begin
  if v_visitor_id is null or private.actor_role() <> 'visitor' then
    raise exception using
      errcode = 'PT403',
      message = 'only visitors visit pages',
      hint = 'sign in anonymously first: auth.signInAnonymously()';
  elsif v_url is null then
    raise exception using
      errcode = 'PT400',
      message = 'the address of a page begins with http or https';
  end if;

  perform private.require_origin(v_channel_id);
  if not private.may_track(v_channel_id, p_consent) then
    return jsonb_build_object('session_id', null, 'proactive', null);
  end if;

  perform private.require_pace('visit ' || v_visitor_id, 60, interval '1 minute');
  perform pg_advisory_xact_lock(hashtextextended('visits of ' || v_visitor_id, 0));
  v_session := private.live_session(v_channel_id, v_visitor_id, p_session_id);
  if v_session.id is null then
    v_session := private.open_session(v_channel_id, v_visitor_id, v_url, p_referrer);
  end if;
  perform private.note_page(v_session, v_url, p_title);
  perform private.touch_visitor_everywhere();
  return jsonb_build_object(
    'session_id', v_session.id,
    'proactive', private.pick_proactive(v_session, v_url, 0)
  );
end;
$$;

comment on function private.record_visit is
'Notes the calling visitor''s page; see visit_page().';
revoke all on function private.record_visit from public;
grant execute on function private.record_visit to authenticated, service_role;
