create or replace function public.assign_conversation(
  p_conversation_id uuid,
  p_agent_id uuid
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  if p_agent_id is not null and not exists (
    select 1
    from public.agents
    where agents.id = p_agent_id and agents.is_active
  ) then
    raise exception using
      errcode = 'PT404',
      message = format('agent %s not found', p_agent_id);
  end if;

  update public.conversations
  set assigned_agent_id = p_agent_id
  where conversations.id = p_conversation_id;
  perform private.note_event(
    p_conversation_id, 'assigned', jsonb_build_object('agent_id', p_agent_id)
  );
end;
$$;

comment on function public.assign_conversation is
'Gives a conversation to an agent, or to nobody (null). PT403, PT404.';
revoke all on function public.assign_conversation from public, anon, authenticated, service_role;
grant execute on function public.assign_conversation to authenticated, service_role;
