create or replace function private.read_otherwise(
  p_items private.inbound_item[],
  p_inbound_id bigint
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'id', messages.id,
        'external_id', messages.external_message_id,
        'content', case when messages.content <> items.item ->> 'content'
          then items.item -> 'content' end,
        'message_type', case when messages.message_type <> items.item ->> 'message_type'
          then items.item -> 'message_type' end
      )
    ), '[]')
    from unnest(p_items) as items
    join public.messages
      on messages.channel_id = items.channel_id
      and messages.external_message_id = items.item ->> 'external_id'
    where items.inbound_id = p_inbound_id
      and items.item ->> 'kind' = 'message'
      and messages.edited_at is null
      and messages.deleted_at is null
      and not exists (
        select 1
        from private.deliveries
        where deliveries.message_id = messages.id
      )
      and (messages.content, messages.message_type) is distinct from (
        left(coalesce(items.item ->> 'content', ''), 100000),
        left(coalesce(items.item ->> 'message_type', 'text'), 50)
      )
  );
end;
$$;

comment on function private.read_otherwise is
'Stored messages that today''s parser reads otherwise, with what it reads; a replay leaves them.
What we sent ourselves was never read: its echo shows perhaps a part, in the platform''s form.';
revoke all on function private.read_otherwise from public;
grant execute on function private.read_otherwise to service_role;
