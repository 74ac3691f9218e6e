create or replace function private.past_turn(p_item public.ai_backtest_items)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_candidate jsonb;
  v_is_then boolean;
  v_conversation public.conversations := private.conversation_then(p_item);
  v_job private.reply_jobs := private.job_then(p_item);
  v_asked jsonb := private.turn_asked(v_job, v_conversation);
  v_found jsonb := private.knowledge_for(v_asked ->> 'question');
begin
  select ai_backtests.candidate into v_candidate
  from public.ai_backtests
  where ai_backtests.id = p_item.backtest_id;
  v_is_then := v_candidate ->> 'articles' = 'then';

  return jsonb_build_object('candidate', v_candidate, 'turn', v_asked || jsonb_build_object(
    'by_language', '{}'::jsonb,
    'history', private.recent_history(v_conversation, 12, p_item.first_seq),
    'knowledge', case
      when v_is_then then private.knowledge_then(v_found, p_item.asked_at) else v_found
    end,
    'choice', case
      when v_is_then then private.choice_then(v_asked -> 'choice', p_item.asked_at)
      else v_asked -> 'choice'
    end,
    'hand_over', private.hand_over_before(v_job, v_conversation, v_asked ->> 'question'),
    'model_allowed', true
  ) || private.held_to(private.setting_of_candidate(v_conversation, v_candidate)));
end;
$$;

comment on function private.past_turn is
'A turn of the past as a worker gets it: what was said up to that moment, the settings of the
candidate, the articles of now or then.';
revoke all on function private.past_turn from public;
grant execute on function private.past_turn to service_role;
