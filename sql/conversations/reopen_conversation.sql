create or replace function public.reopen_conversation(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  perform private.require_newest(p_conversation_id);
  perform private.move_conversation(conversations.id, 'reopened')
  from public.conversations
  where conversations.id = p_conversation_id and conversations.status = 'resolved';
end;
$$;

comment on function public.reopen_conversation is
'Opens a resolved conversation again. PT403, PT404; PT409 when the customer has a newer one.';
revoke all on function public.reopen_conversation from public, anon, authenticated, service_role;
grant execute on function public.reopen_conversation to authenticated, service_role;
