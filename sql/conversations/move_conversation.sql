-- Security definer: agents may not set these columns themselves, so that a change of hands is
-- always whole: the AI's turn fenced, the context cut, the event written.
create or replace function private.move_conversation(p_conversation_id uuid, p_event text)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  update public.conversations
  set
    epoch = conversations.epoch + 1,
    ai_mode = case p_event
      when 'taken_over' then 'human' when 'given_back' then 'auto' when 'resolved' then 'auto'
      else conversations.ai_mode
    end,
    assigned_agent_id = case
      when p_event <> 'taken_over' then conversations.assigned_agent_id
      else coalesce((select auth.uid()), conversations.assigned_agent_id)
    end,
    status = case p_event
      when 'resolved' then 'resolved' when 'reopened' then 'open' else conversations.status
    end,
    resolved_at = case p_event
      when 'resolved' then clock_timestamp() when 'reopened' then null
      else conversations.resolved_at
    end,
    unread_count = case p_event when 'resolved' then 0 else conversations.unread_count end,
    context_seq = case
      when p_event in ('given_back', 'resolved') then conversations.last_seq
      else conversations.context_seq
    end,
    handed_over_at = case when p_event <> 'given_back' then conversations.handed_over_at end,
    handed_over_reason = case
      when p_event <> 'given_back' then conversations.handed_over_reason
    end
  where conversations.id = p_conversation_id;
  perform private.note_event(p_conversation_id, p_event);
end;
$$;

comment on function private.move_conversation is
'Gives a conversation to people (taken_over) or the AI (given_back), ends it (resolved) or opens it
again (reopened), and notes so. PT403 for anybody but agents.';
revoke all on function private.move_conversation from public;
grant execute on function private.move_conversation to authenticated, service_role;
