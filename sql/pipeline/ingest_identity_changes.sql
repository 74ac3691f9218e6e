create or replace function private.ingest_identity_changes(p_items private.inbound_item[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item private.inbound_item;
begin
  for v_item in
    select items.*
    from unnest(p_items) as items
    where items.item ->> 'kind' = 'identity_change'
    order by items.place
  loop
    perform private.note_conflict(
      private.change_identity(v_item.channel_id, v_item.item -> 'old', v_item.item -> 'new'),
      v_item.channel_id, jsonb_build_array(v_item.item -> 'new')
    );
  end loop;
end;
$$;

comment on function private.ingest_identity_changes is
'Customers whose number or id the platform changed, before their messages are read;
one that somebody else has is noted and stays theirs.';
revoke all on function private.ingest_identity_changes from public;
grant execute on function private.ingest_identity_changes to service_role;
