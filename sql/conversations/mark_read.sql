-- Security definer: reading is no right to change messages; only their status moves here.
create or replace function private.mark_read(p_conversation_id uuid)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_visitor boolean := private.actor_role() = 'visitor';
  v_count integer;
begin
  perform private.lock_conversation(p_conversation_id);
  perform private.touch_visitor(p_conversation_id);
  update public.messages
  set delivery_status = 'read', updated_at = clock_timestamp()
  where messages.conversation_id = p_conversation_id
    and messages.delivery_status in ('sent', 'delivered')
    and not messages.is_private
    and (messages.sender_type = 'customer') <> v_visitor
    and (messages.channel_type = 'website' or not v_visitor);
  get diagnostics v_count = row_count;

  if not v_visitor then
    update public.conversations
    set unread_count = 0
    where conversations.id = p_conversation_id and conversations.unread_count > 0;
    if found then
      perform private.request_signals(array[p_conversation_id], 'read');
    end if;
  end if;
  return v_count;
end;
$$;

comment on function private.mark_read is
'Marks the other side''s messages as read for the calling agent or customer; PT404 for a stranger.';
revoke all on function private.mark_read from public;
grant execute on function private.mark_read to authenticated, service_role;
