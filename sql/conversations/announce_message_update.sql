-- Security definer: changing one's own message must not need the right to broadcast.
create or replace function private.announce_message_update()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.broadcast(
    array['inbox'] || case
      when new.is_private then '{}' else array['conversation:' || new.conversation_id]
    end,
    array_fill('message_updated'::text, array[2 - new.is_private::integer]),
    array[jsonb_build_object('id', gen_random_uuid(), 'message', to_jsonb(new))] || case
      when new.is_private then '{}'
      else array[jsonb_build_object(
        'id', gen_random_uuid(), 'message', private.customer_view(new)
      )]
    end
  );
  return null;
end;
$$;

comment on function private.announce_message_update is
'Trigger: broadcasts message_updated when a receipt, an edit or a reaction changes a message.';
revoke all on function private.announce_message_update from public;

create trigger announce_message_update after update on public.messages
for each row
when (
  (old.delivery_status, old.content, old.metadata, old.deleted_at)
  is distinct from (new.delivery_status, new.content, new.metadata, new.deleted_at)
)
execute function private.announce_message_update();
