create or replace function private.office_is_open(
  p_channel_id uuid,
  p_at timestamptz default clock_timestamp()
)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select not exists (
    select 1
    from public.office_hours
    where office_hours.channel_id is null or office_hours.channel_id = p_channel_id
  ) or exists (
    select 1
    from private.office_spans(
      p_channel_id, (p_at at time zone private.office_zone())::date, 0
    ) as spans
    where p_at >= spans.opens_at and p_at < spans.closes_at
  );
$$;

comment on function private.office_is_open is
'Whether people are there at this moment; always, as long as no hours are set.';
revoke all on function private.office_is_open from public;
grant execute on function private.office_is_open to service_role;
