create or replace function private.gather_traffic()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_in_from timestamptz;
  v_out_from timestamptz;
  v_count integer;
begin
  select
    coalesce(max(channels.last_in_at) - interval '1 minute', '-infinity'),
    coalesce(max(channels.last_out_at) - interval '1 minute', '-infinity')
  into v_in_from, v_out_from
  from public.channels;

  update public.channels
  set
    last_in_at = greatest(channels.last_in_at, traffic.in_at),
    last_out_at = greatest(channels.last_out_at, traffic.out_at)
  from (
    select heard.channel_id, max(heard.in_at) as in_at, max(heard.out_at) as out_at
    from (
      select messages.channel_id, messages.created_at as in_at, null::timestamptz as out_at
      from public.messages
      where messages.created_at > v_in_from and messages.sender_type = 'customer'
      union all
      select deliveries.channel_id, null, deliveries.sent_at
      from private.deliveries
      where deliveries.sent_at > v_out_from
    ) as heard
    group by heard.channel_id
  ) as traffic
  where channels.id = traffic.channel_id
    and (
      traffic.in_at > coalesce(channels.last_in_at, '-infinity')
      or traffic.out_at > coalesce(channels.last_out_at, '-infinity')
    );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.gather_traffic is
'Notes on each channel when a customer was last heard of and a message last taken, from what came
since the last time; returns how many channels that changed.';
revoke all on function private.gather_traffic from public;
grant execute on function private.gather_traffic to service_role;
