create or replace function private.has_errors(p_channel public.channels, p_at_least integer)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from private.channel_events
    where channel_events.channel_id = p_channel.id
      and channel_events.kind in ('in_error', 'out_error')
      and channel_events.created_at > coalesce(
        case channel_events.kind
          when 'in_error' then p_channel.last_in_at else p_channel.last_out_at
        end,
        '-infinity'
      )
      and (
        p_at_least = 1 or channel_events.created_at > statement_timestamp() - interval '15 minutes'
      )
    group by channel_events.kind
    having count(*) >= p_at_least
  );
end;
$$;

comment on function private.has_errors is
'Whether so many errors came in a direction in which nothing has succeeded since; of several only
those of the last quarter of an hour count.';
revoke all on function private.has_errors from public;
grant execute on function private.has_errors to service_role;
