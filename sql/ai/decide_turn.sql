create or replace function private.decide_turn(
  p_job private.reply_jobs,
  p_conversation public.conversations,
  p_reply jsonb,
  p_setting jsonb
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_rule public.hand_over_rules;
  v_question text := private.question_of(p_job);
  v_threshold double precision := private.threshold_of(
    p_setting, private.answerer_of(p_reply ->> 'fit', p_reply ->> 'model')
  );
  v_gate jsonb := private.gate_of(p_job, p_reply, v_threshold);
  v_facts jsonb;
begin
  v_facts := private.reply_facts(
    private.turn_facts(p_job, p_conversation, v_question), p_reply, v_gate
  );
  if v_gate ->> 'reason' is distinct from 'deadline' then
    v_rule := private.hand_over_rule_for(p_conversation, v_question, v_facts);
  end if;

  return v_gate || jsonb_build_object(
    'threshold', v_threshold, 'facts', v_facts - 'articles', 'question', v_question,
    'setting', private.gate_setting(p_setting, p_reply, v_rule)
  ) || case
    when v_rule.id is null then '{}'
    else jsonb_build_object(
      'outcome', 'handed_over', 'reason', v_rule.reason, 'rule_id', v_rule.id,
      'rule', v_rule.name
    )
  end;
end;
$$;

comment on function private.decide_turn is
'What becomes of a turn, of today or of the past: the word of the gate of who answered, unless a
rule hands it over (R51). {outcome, reason, rule, rule_id, threshold, facts, question, setting}.';
revoke all on function private.decide_turn from public;
grant execute on function private.decide_turn to service_role;
