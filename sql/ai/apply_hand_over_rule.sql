create or replace function private.apply_hand_over_rule(p_conversation_id uuid, p_rule_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.conversations
  set
    assigned_agent_id = coalesce(
      conversations.assigned_agent_id,
      (
        select agents.id
        from public.agents
        where agents.id = hand_over_rules.assign_agent_id and agents.is_active
      )
    ),
    priority = coalesce(hand_over_rules.priority, conversations.priority),
    tags = array(
      select distinct unnest(conversations.tags || hand_over_rules.tags)
      order by 1
    )
  from public.hand_over_rules
  where conversations.id = p_conversation_id
    and hand_over_rules.id = p_rule_id
    and (
      num_nonnulls(hand_over_rules.assign_agent_id, hand_over_rules.priority) > 0
      or hand_over_rules.tags <> '{}'
    );
end;
$$;

comment on function private.apply_hand_over_rule is
'Gives a conversation the priority and tags of the rule that hands it over, and its agent where
nobody has it.';
revoke all on function private.apply_hand_over_rule from public;
grant execute on function private.apply_hand_over_rule to service_role;
