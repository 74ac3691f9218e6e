create or replace function private.queue_mail(p_items private.inbound_item[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into private.unread_mail (inbound_id, channel_id)
  select distinct on (items.inbound_id) items.inbound_id, items.channel_id
  from unnest(p_items) as items
  where items.item ->> 'kind' = 'mail'
  order by items.inbound_id
  on conflict (inbound_id) do update
    set
      state = 'waiting', attempts = 0, next_attempt_at = clock_timestamp(),
      worker = null, lease_until = null, error = null;
  perform private.broadcast(array['worker'], array['mail'], array['{}'::jsonb]);
end;
$$;

comment on function private.queue_mail is
'Queues the mails of a batch to be read by the worker, and rings it; a replay begins anew.';
revoke all on function private.queue_mail from public;
grant execute on function private.queue_mail to service_role;
