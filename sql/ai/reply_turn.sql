create or replace function private.reply_turn(p_job private.reply_jobs)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_asked jsonb;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_job.conversation_id;

  v_asked := private.turn_asked(p_job, v_conversation);
  return v_asked || jsonb_build_object(
    'history', private.recent_history(v_conversation, 12),
    'knowledge', private.knowledge_for(v_asked ->> 'question'),
    'hand_over', private.hand_over_before(p_job, v_conversation, v_asked ->> 'question'),
    'tools', private.tools_for(p_job),
    'had_opted_out', private.had_opted_out(
      v_conversation.customer_id, v_conversation.channel_id,
      (select messages.created_at from public.messages where messages.id = p_job.first_message_id)
    )
  );
end;
$$;

comment on function private.reply_turn is
'All a worker needs to answer a turn, in one object; times by the clock of the database. Tools and
consent are of live turns alone: drafts and turns of the past would see the present.';
revoke all on function private.reply_turn from public;
grant execute on function private.reply_turn to service_role;
