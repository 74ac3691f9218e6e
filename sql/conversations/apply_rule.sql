create or replace function private.apply_rule(p_conversation_id uuid, p_rule public.routing_rules)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.conversations
  set
    assigned_agent_id = coalesce(p_rule.assign_agent_id, conversations.assigned_agent_id),
    priority = coalesce(p_rule.priority, conversations.priority),
    tags = array(
      select distinct unnest(conversations.tags || p_rule.tags)
      order by 1
    )
  where conversations.id = p_conversation_id;

  insert into public.messages (
    conversation_id, sender_type, message_type, is_private, metadata
  )
  values (
    p_conversation_id, 'system', 'event', true,
    jsonb_build_object(
      'event', 'routed', 'rule_id', p_rule.id, 'rule', p_rule.name,
      'agent_id', p_rule.assign_agent_id
    )
  );
end;
$$;

comment on function private.apply_rule is
'Gives a conversation the agent, priority and tags of a rule, and notes which rule it was.';
revoke all on function private.apply_rule from public;
grant execute on function private.apply_rule to service_role;
