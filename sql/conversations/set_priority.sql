create or replace function public.set_priority(p_conversation_id uuid, p_priority text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  perform private.check_priority(coalesce(p_priority, 'null'));
  update public.conversations
  set priority = p_priority
  where conversations.id = p_conversation_id;
end;
$$;

comment on function public.set_priority is
'Sets how urgent a conversation is: low, normal, high, urgent (R13). PT400, PT403, PT404.';
revoke all on function public.set_priority from public, anon, authenticated, service_role;
grant execute on function public.set_priority to authenticated, service_role;
