create or replace function private.brought(p_item private.inbound_item)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.messages
    where messages.channel_id = p_item.channel_id
      and messages.external_message_id = p_item.item ->> 'external_id'
      and messages.inbound_id = p_item.inbound_id
  );
end;
$$;

comment on function private.brought is
'Whether a message came with this request, and not long ago with another.';
revoke all on function private.brought from public;
grant execute on function private.brought to service_role;
