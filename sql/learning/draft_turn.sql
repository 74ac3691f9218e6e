create or replace function private.draft_turn(p_draft public.ai_drafts)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_job private.reply_jobs;
  v_asked jsonb;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_draft.conversation_id;

  v_conversation.context_seq := 0;
  v_job.id := p_draft.id;
  v_job.attempt := p_draft.attempt;
  v_job.conversation_id := p_draft.conversation_id;
  v_job.first_seq := p_draft.first_seq;
  v_job.last_seq := p_draft.last_seq;
  v_job.deadline := p_draft.deadline;
  v_job.is_shadow := true;
  v_asked := private.turn_asked(v_job, v_conversation);
  return v_asked || case
    when p_draft.kind = 'summary' then '{"question": ""}'::jsonb else '{}'
  end || jsonb_build_object(
    'hand_over', null,
    'knowledge', case
      when p_draft.kind = 'draft'
        then private.knowledge_for(v_asked ->> 'question', p_for_agents => true)
      else '[]'
    end,
    'history', private.recent_history(
      v_conversation,
      case when p_draft.kind = 'summary' then 50 else 12 end,
      case when p_draft.kind = 'draft' then p_draft.first_seq end
    )
  );
end;
$$;

comment on function private.draft_turn is
'What a worker needs for a draft or a summary: the turn with the whole conversation behind it, also
what was said before people took over, and no rule that hands it over. A summary has no question:
all that was said is history.';
revoke all on function private.draft_turn from public;
grant execute on function private.draft_turn to service_role;
