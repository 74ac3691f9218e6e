create or replace function private.asked_before_pick(p_run public.ai_runs)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_earlier public.ai_runs;
  v_picked jsonb;
begin
  select ai_runs.* into v_earlier
  from public.ai_runs
  where ai_runs.conversation_id = p_run.conversation_id
    and ai_runs.created_at < p_run.created_at
    and ai_runs.outcome <> 'fenced'
    and not ai_runs.is_shadow
  order by ai_runs.created_at desc
  limit 1;

  select private.chosen(messages.metadata -> 'choices', p_run.question, null) into v_picked
  from public.messages
  where messages.id = v_earlier.message_id;
  return case
    when jsonb_array_length(v_picked) = 1
      and v_picked #> '{0,id}' = p_run.sources #> '{0,article_id}'
      then v_earlier.question
  end;
end;
$$;

comment on function private.asked_before_pick is
'Where an answer is what the customer picked, the question that we had asked back about, which says
in their words what the article is for; null where nothing or more than one was picked.';
revoke all on function private.asked_before_pick from public;
grant execute on function private.asked_before_pick to service_role;
