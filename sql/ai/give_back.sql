-- What the AI has already is left as it is: a turn under way is not dropped.
create or replace function public.give_back(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  if exists (
    select 1
    from public.conversations
    where conversations.id = p_conversation_id and conversations.ai_mode <> 'auto'
  ) then
    perform private.check_return(p_conversation_id);
    perform private.move_conversation(p_conversation_id, 'given_back');
    perform private.answer_given_back(p_conversation_id);
  end if;
end;
$$;

comment on function public.give_back is
'The AI answers again: at once what the customer asked and nobody has answered, within six seconds
of the return, and what comes next. Where it has the conversation already, nothing changes. PT403,
PT404; PT409 after three hand-overs.';
revoke all on function public.give_back from public, anon, authenticated, service_role;
grant execute on function public.give_back to authenticated, service_role;
