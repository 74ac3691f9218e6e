create or replace function private.targets_of(p_items private.inbound_item[])
returns uuid[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(array_agg(messages.id), '{}')
    from unnest(p_items) as items
    join public.messages
      on messages.channel_id = items.channel_id
      and messages.external_message_id = items.item ->> 'target_id'
    where items.item ->> 'kind' in ('reaction', 'edit', 'revoke')
  );
end;
$$;

comment on function private.targets_of is
'The messages that the reactions, edits and revokes among these events are about.';
revoke all on function private.targets_of from public;
grant execute on function private.targets_of to service_role;
