-- A dry run goes the real way and raises at its end: what is told is what would happen, and all of
-- it is undone; only variables outlive that. Former dead items give way to today's reading.
create or replace function private.replay_events(
  p_channel_type text,
  p_inbound_ids bigint[],
  p_events jsonb,
  p_errors text[],
  p_dry_run boolean
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_items private.inbound_item[] := private.read_items(p_channel_type, p_inbound_ids, p_events);
  v_before jsonb := private.before_replay(v_items, p_inbound_ids);
  v_last bigint := coalesce((select max(rejected_items.id) from private.rejected_items), 0);
  v_report jsonb;
begin
  begin
    update private.rejected_items
    set resolved_at = clock_timestamp()
    where rejected_items.inbound_id = any (p_inbound_ids) and rejected_items.resolved_at is null;

    perform private.ingest_events(p_channel_type, '{}', '[]', p_events, p_errors, p_inbound_ids);
    v_report := (
      select jsonb_agg(private.as_it_waits(lines.line))
      from private.report_replay(v_items, p_inbound_ids, v_before, v_last) as lines (line)
    );
    if p_dry_run then
      raise sqlstate 'DR000';
    end if;
  exception
    when sqlstate 'DR000' then
      null;
  end;

  perform private.finish_replays(v_report, p_dry_run);
  return query
  select reports.line
  from jsonb_array_elements(v_report) as reports (line);
end;
$$;

comment on function private.replay_events is
'Takes in anew what today''s parsers make of kept requests and returns what that changed, a line
each (report_replay, as_it_waits); a dry run is undone: nothing is stored, shown, sent or answered
(U1).';
revoke all on function private.replay_events from public;
grant execute on function private.replay_events to service_role;
