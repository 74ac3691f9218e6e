create or replace function private.hand_over_rule_for(
  p_conversation public.conversations,
  p_question text,
  p_facts jsonb
)
returns public.hand_over_rules
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_rule public.hand_over_rules;
  v_words text := private.folded(p_question);
begin
  select hand_over_rules.* into v_rule
  from public.hand_over_rules
  where hand_over_rules.is_enabled
    and (hand_over_rules.signal is null or p_facts -> 'signals' ? hand_over_rules.signal)
    and (hand_over_rules.after_ai_turns is null
      or (p_facts ->> 'ai_turns')::integer >= hand_over_rules.after_ai_turns)
    and (hand_over_rules.after_clarifications is null
      or (p_facts ->> 'clarifications')::integer >= hand_over_rules.after_clarifications
      and p_facts ->> 'outcome' = 'clarified')
    and (hand_over_rules.sentiment is null
      or lower(hand_over_rules.sentiment) = lower(p_facts ->> 'sentiment'))
    and (hand_over_rules.intent is null
      or lower(hand_over_rules.intent) = lower(p_facts ->> 'intent'))
    and (hand_over_rules.channel_type is null
      or hand_over_rules.channel_type = p_conversation.channel_type)
    and (hand_over_rules.language is null
      or private.speaks(p_conversation.language, hand_over_rules.language))
    and (hand_over_rules.has_tag is null
      or hand_over_rules.has_tag = any (p_conversation.tags))
    and (hand_over_rules.keywords is null or exists (
      select 1
      from unnest(hand_over_rules.patterns) as wanted (words)
      where position(wanted.words in v_words) > 0
    ))
    and (hand_over_rules.customer_has is null or exists (
      select 1
      from public.customer_profiles
      where customer_profiles.id = p_conversation.customer_id
        and customer_profiles.attributes @> hand_over_rules.customer_has
    ))
  order by hand_over_rules.position, hand_over_rules.created_at, hand_over_rules.id
  limit 1;
  return v_rule;
end;
$$;

comment on function private.hand_over_rule_for is
'The first rule that hands a turn over (R51), or null. Words are looked for as they are: no pattern
of anybody''s can make this slow.';
revoke all on function private.hand_over_rule_for from public;
grant execute on function private.hand_over_rule_for to service_role;
