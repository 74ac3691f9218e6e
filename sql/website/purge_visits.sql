create or replace function private.purge_visits(p_limit integer default 1000)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  delete from public.visitor_sessions
  where visitor_sessions.id in (
    select expired.id
    from public.visitor_sessions as expired
    join public.website_settings on website_settings.channel_id = expired.channel_id
    where expired.seen_at < statement_timestamp() - website_settings.keep_visits
    limit p_limit
  );
  get diagnostics v_count = row_count;

  delete from public.proactive_shows
  where proactive_shows.shown_at < statement_timestamp() - interval '2 years';
  delete from private.paces
  where paces.started_at < statement_timestamp() - interval '1 day';
  return v_count;
end;
$$;

comment on function private.purge_visits is
'Ends the retention of sessions and their visits (keep_visits of their widget, 90 days unless
set), at most p_limit a call; returns how many. Counts of who did what how often go after a day.';
revoke all on function private.purge_visits from public;
grant execute on function private.purge_visits to service_role;
