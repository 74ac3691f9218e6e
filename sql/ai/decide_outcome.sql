create or replace function private.decide_outcome(p_job private.reply_jobs, p_reply jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_setting jsonb;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_job.conversation_id;
  v_conversation.language := private.language_heard(v_conversation.language, p_reply);
  v_conversation.language := private.language_of(v_conversation);
  v_setting := private.ai_setting(v_conversation.channel_type, v_conversation.language);
  if v_setting ->> 'mode' = 'off' then
    return jsonb_build_object(
      'outcome', 'handed_over', 'reason', 'ai_disabled',
      'setting', private.gate_setting(v_setting, p_reply, null)
    );
  end if;
  return private.decide_turn(p_job, v_conversation, p_reply, v_setting);
end;
$$;

comment on function private.decide_outcome is
'What becomes of a turn as things stand: decide_turn with the settings that hold in the language
just heard; where the AI is off in it, people get the turn.';
revoke all on function private.decide_outcome from public;
grant execute on function private.decide_outcome to service_role;
