create or replace function private.ingest_identity_changes(p_items private.inbound_item[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.change_identity(
    items.channel_id, items.item -> 'old', items.item -> 'new'
  )
  from unnest(p_items) as items
  where items.item ->> 'kind' = 'identity_change'
  order by items.place;
end;
$$;

comment on function private.ingest_identity_changes is
'Customers whose number or id the platform changed, before their messages are read.';
revoke all on function private.ingest_identity_changes from public;
grant execute on function private.ingest_identity_changes to service_role;
