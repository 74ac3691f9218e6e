create or replace function private.check_turn_filter(p_filter jsonb)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_fault text;
  v_hint text := 'as {"channel": "email", "language": "de", "since": "2026-01-31"}';
begin
  if coalesce(jsonb_typeof(p_filter), 'null') <> 'object' then
    v_fault := 'the filter is no object';
  elsif p_filter - '{channel,language,since,until}'::text[] <> '{}' then
    v_fault := 'the filter knows channel, language, since and until';
  elsif exists (
    select 1
    from jsonb_each(p_filter) as given (key, value)
    where jsonb_typeof(given.value) <> 'string' or length(given.value #>> '{}') > 200
  ) then
    v_fault := 'all of a filter are texts';
  else
    select
      format('%s is no time: %s', given.key, given.value),
      'give a day or a time, as 2026-01-31 or 2026-01-31T12:00:00Z'
    into v_fault, v_hint
    from jsonb_each_text(p_filter) as given (key, value)
    where given.key in ('since', 'until')
      and not pg_catalog.pg_input_is_valid(given.value, 'timestamptz');
    if v_fault is null then
      perform private.check_channel_type(p_filter ->> 'channel');
      perform private.require_language(p_filter ->> 'language');
      return;
    end if;
  end if;
  raise exception using errcode = 'PT400', message = v_fault, hint = v_hint;
end;
$$;

comment on function private.check_turn_filter is
'Refuses a filter of past turns that makes no sense: {channel, language, since, until}. PT400.';
revoke all on function private.check_turn_filter from public;
grant execute on function private.check_turn_filter to authenticated, service_role;
