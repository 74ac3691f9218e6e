create or replace function private.close_turn(
  p_job private.reply_jobs,
  p_decision jsonb,
  p_reply jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_outcome text := p_decision ->> 'outcome';
  v_message_id uuid;
begin
  perform private.note_findings(p_job.conversation_id, p_reply);
  if p_job.is_shadow then
    perform private.finish_job(p_job.id, 'taken_over', 'shadow');
    perform private.confirm_open_wish(p_job.conversation_id);
    return null;
  end if;

  perform private.finish_job(
    p_job.id, v_outcome, p_decision ->> 'reason', (p_decision ->> 'rule_id')::uuid
  );
  if v_outcome = 'handed_over' then
    if p_decision ? 'rule_id' then
      perform private.apply_hand_over_rule(
        p_job.conversation_id, (p_decision ->> 'rule_id')::uuid
      );
    end if;
    v_message_id := private.hand_over_conversation(
      p_job.conversation_id, p_decision ->> 'reason', p_job.id,
      private.hand_over_details(p_job, p_decision, p_reply)
    );
  else
    v_message_id := private.add_ai_message(p_job, v_outcome, p_reply);
  end if;

  update private.reply_jobs
  set reply_message_id = v_message_id
  where reply_jobs.id = p_job.id;
  return v_message_id;
end;
$$;

comment on function private.close_turn is
'Ends a turn with its one message: the AI''s, or the hand-over; returns the message, none in
shadow.';
revoke all on function private.close_turn from public;
grant execute on function private.close_turn to service_role;
