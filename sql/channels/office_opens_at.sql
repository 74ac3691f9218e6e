create or replace function private.office_opens_at(
  p_channel_id uuid,
  p_at timestamptz default clock_timestamp()
)
returns timestamptz
language sql
stable
security invoker
set search_path = ''
as $$
  select min(spans.opens_at)
  from private.office_spans(
    p_channel_id, (p_at at time zone private.office_zone())::date, 60
  ) as spans
  where spans.opens_at > p_at;
$$;

comment on function private.office_opens_at is
'When the office opens next after a moment; null when it does not within sixty days.';
revoke all on function private.office_opens_at from public;
grant execute on function private.office_opens_at to service_role;
