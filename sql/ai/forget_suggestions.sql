create or replace function private.forget_suggestions(p_conversation_ids uuid[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  delete from public.knowledge_suggestions
  where knowledge_suggestions.conversation_ids && p_conversation_ids
    and knowledge_suggestions.conversation_ids[1] = any (p_conversation_ids)
    and knowledge_suggestions.state <> 'approved';
  get diagnostics v_count = row_count;

  update public.knowledge_suggestions
  set conversation_ids = array(
    select ids.id
    from unnest(knowledge_suggestions.conversation_ids) with ordinality as ids (id, place)
    where ids.id <> all (p_conversation_ids)
    order by ids.place
  )
  where knowledge_suggestions.conversation_ids && p_conversation_ids;
  delete from private.solved_conversations
  where solved_conversations.conversation_id = any (p_conversation_ids);
  return v_count;
end;
$$;

comment on function private.forget_suggestions is
'Removes suggestions in the words of these conversations, but for approved ones, and the ids of the
conversations from all others; returns how many were removed.';
revoke all on function private.forget_suggestions from public;
grant execute on function private.forget_suggestions to service_role;
