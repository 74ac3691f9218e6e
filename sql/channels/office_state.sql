-- Security definer: a widget shows when people are there before anybody has signed in.
create or replace function private.office_state(p_channel_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_open boolean := private.office_is_open(p_channel_id);
begin
  return jsonb_build_object(
    'is_open', v_open,
    'opens_at', case when not v_open then private.office_opens_at(p_channel_id) end,
    'time_zone', private.office_zone()
  );
end;
$$;

comment on function private.office_state is
'What everybody may know of the office hours of a channel: {is_open, opens_at, time_zone}.';
revoke all on function private.office_state from public;
grant execute on function private.office_state to anon, authenticated, service_role;
