-- A date is written in one way only: 01/02/2027 is one day here and another there.
create or replace function private.use_fault(p_item jsonb)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_form constant text :=
    '^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?( ?(Z|[+-]\d\d(:?\d\d)?))?)?$';
  v_visibility text := lower(nullif(btrim(p_item ->> 'visibility'), ''));
  v_is_published text := nullif(btrim(p_item ->> 'is_published'), '');
  v_from text := nullif(btrim(p_item ->> 'valid_from'), '');
  v_until text := nullif(btrim(p_item ->> 'valid_until'), '');
begin
  if v_visibility not in ('public', 'agents') then
    return format('has a visibility that is neither public nor agents: %L', left(v_visibility, 40));
  elsif not pg_input_is_valid(v_is_published, 'boolean') then
    return format(
      'has an is_published that is neither true nor false: %L', left(v_is_published, 40)
    );
  elsif v_from !~ v_form or not pg_input_is_valid(v_from, 'timestamptz') then
    return format(
      'has a valid_from that is no date as 2027-01-31 or 2027-01-31T18:00+01:00: %L',
      left(v_from, 40)
    );
  elsif v_until !~ v_form or not pg_input_is_valid(v_until, 'timestamptz') then
    return format(
      'has a valid_until that is no date as 2027-01-31 or 2027-01-31T18:00+01:00: %L',
      left(v_until, 40)
    );
  elsif v_until::timestamptz <= v_from::timestamptz then
    return format('would hold at no time: from %s until %s', v_from, v_until);
  end if;
  return null;
end;
$$;

comment on function private.use_fault is
'Why who may see an article, and when, cannot be as somebody says: {visibility, is_published,
valid_from, valid_until}; null when it can.';
revoke all on function private.use_fault from public;
grant execute on function private.use_fault to authenticated, service_role;
