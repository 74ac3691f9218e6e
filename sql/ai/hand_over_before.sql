-- Asked when a turn is claimed and not when its message comes in: by then the whole burst is there,
-- taking messages in stays as fast as it is, and the conversation is locked in one order, by
-- record_ai_reply, which asks again.
create or replace function private.hand_over_before(
  p_job private.reply_jobs,
  p_conversation public.conversations,
  p_question text
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_rule public.hand_over_rules;
begin
  v_rule := private.hand_over_rule_for(
    p_conversation, p_question, private.turn_facts(p_job, p_conversation, p_question)
  );
  if v_rule.id is null then
    return null;
  end if;
  return jsonb_build_object(
    'reason', v_rule.reason,
    'rule', v_rule.name,
    'spares_small_talk',
    v_rule.after_ai_turns is not null or coalesce(v_rule.signal = 'repeated_question', false)
  );
end;
$$;

comment on function private.hand_over_before is
'The rule that hands a turn over whatever a model would say: {reason, rule, spares_small_talk}, else
null. A thank-you is answered where spares_small_talk says so.';
revoke all on function private.hand_over_before from public;
grant execute on function private.hand_over_before to service_role;
