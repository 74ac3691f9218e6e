create or replace function public.resolve_conversation(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.require_conversation(p_conversation_id);
  update public.conversations
  set
    status = 'resolved',
    resolved_at = clock_timestamp(),
    epoch = conversations.epoch + 1,
    context_seq = conversations.last_seq,
    unread_count = 0
  where conversations.id = p_conversation_id and conversations.status <> 'resolved';
  if found then
    perform private.note_event(p_conversation_id, 'resolved');
  end if;
end;
$$;

comment on function public.resolve_conversation is
'Ends a conversation; a message within a day reopens it. PT403, PT404.';
revoke all on function public.resolve_conversation from public, anon, authenticated, service_role;
grant execute on function public.resolve_conversation to authenticated, service_role;
