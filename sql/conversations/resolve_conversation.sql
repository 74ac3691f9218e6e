create or replace function public.resolve_conversation(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  perform private.move_conversation(conversations.id, 'resolved')
  from public.conversations
  where conversations.id = p_conversation_id and conversations.status <> 'resolved';
end;
$$;

comment on function public.resolve_conversation is
'Ends a conversation; a message within a day reopens it. PT403, PT404.';
revoke all on function public.resolve_conversation from public, anon, authenticated, service_role;
grant execute on function public.resolve_conversation to authenticated, service_role;
