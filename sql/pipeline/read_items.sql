create or replace function private.read_items(
  p_channel_type text,
  p_inbound_ids bigint[],
  p_events jsonb
)
returns private.inbound_item[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(array_agg(
      row(numbered.inbound_id, numbered.place, numbered.channel_id, numbered.item)
        ::private.inbound_item
      order by numbered.place
    ), '{}')
    from (
      select
        p_inbound_ids[requests.place] as inbound_id,
        row_number() over (order by requests.place, events.place) as place,
        channels.id as channel_id,
        events.item
      from jsonb_array_elements(p_events) with ordinality as requests (events, place)
      cross join lateral jsonb_array_elements(
        case when jsonb_typeof(requests.events) = 'array' then requests.events else '[]' end
      ) with ordinality as events (item, place)
      left join public.channels
        on channels.type = p_channel_type and channels.account = events.item ->> 'account'
    ) as numbered
  );
end;
$$;

comment on function private.read_items is
'All events of n requests ([[event]]) as one numbered list, each with the channel of its account.';
revoke all on function private.read_items from public;
grant execute on function private.read_items to service_role;
