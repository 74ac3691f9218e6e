create or replace function private.rule_for(p_message public.messages)
returns public.routing_rules
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_rule public.routing_rules;
begin
  select routing_rules.* into v_rule
  from public.routing_rules
  join public.conversations on conversations.id = p_message.conversation_id
  where routing_rules.is_enabled
    and p_message.channel_id = coalesce(routing_rules.channel_id, p_message.channel_id)
    and p_message.channel_type = coalesce(routing_rules.channel_type, p_message.channel_type)
    and (
      routing_rules.language is null
      or lower(routing_rules.language)
        in (lower(conversations.language), split_part(lower(conversations.language), '-', 1))
    )
    and (
      routing_rules.subject_contains is null
      or position(
        lower(routing_rules.subject_contains) in lower(p_message.metadata ->> 'subject')
      ) > 0
    )
    and (routing_rules.text_contains is null or exists (
      select 1
      from unnest(routing_rules.text_contains) as wanted (words)
      where position(lower(wanted.words) in lower(p_message.content)) > 0
    ))
    and (routing_rules.sender_pattern is null or exists (
      select 1
      from unnest(private.identities_named(conversations.customer_id)) as named (value)
      where private.is_sent_by(named.value, routing_rules.sender_pattern)
    ))
    and (routing_rules.assign_agent_id is null or exists (
      select 1
      from public.agents
      where agents.id = routing_rules.assign_agent_id and agents.is_active
    ))
  order by routing_rules.position, routing_rules.created_at, routing_rules.id
  limit 1;
  return v_rule;
end;
$$;

comment on function private.rule_for is
'The first rule that a customer''s message meets, or null; one for an agent who is not active is
passed over (R39).';
revoke all on function private.rule_for from public;
grant execute on function private.rule_for to service_role;
