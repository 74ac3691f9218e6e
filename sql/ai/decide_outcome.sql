create or replace function private.decide_outcome(p_job private.reply_jobs, p_reply jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_rule public.hand_over_rules;
  v_question text := private.question_of(p_job);
  v_setting jsonb;
  v_threshold double precision;
  v_gate jsonb;
  v_facts jsonb;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_job.conversation_id;

  v_setting := private.ai_setting(v_conversation.channel_type, v_conversation.language);
  v_threshold := private.threshold_of(v_setting);
  v_gate := private.gate_of(p_job, p_reply, v_threshold);
  v_facts := private.reply_facts(
    private.turn_facts(p_job, v_conversation, v_question), p_reply, v_gate
  );

  if v_gate ->> 'reason' is distinct from 'deadline' then
    v_rule := private.hand_over_rule_for(v_conversation, v_question, v_facts);
  end if;
  return v_gate || jsonb_build_object(
    'threshold', v_threshold, 'facts', v_facts - 'articles', 'question', v_question,
    'setting', private.gate_setting(v_setting, v_rule)
  ) || case
    when v_rule.id is null then '{}'
    else jsonb_build_object(
      'outcome', 'handed_over', 'reason', v_rule.reason, 'rule_id', v_rule.id,
      'rule', v_rule.name
    )
  end;
end;
$$;

comment on function private.decide_outcome is
'What becomes of a turn: the gate''s word, unless a rule hands it over (R51). {outcome, reason,
rule, rule_id, threshold, facts, question, setting}.';
revoke all on function private.decide_outcome from public;
grant execute on function private.decide_outcome to service_role;
