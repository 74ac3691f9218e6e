create or replace function private.learn_from(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_run public.ai_runs;
  v_answer text;
  v_article_id uuid;
  v_question text;
begin
  select ai_runs.* into v_run
  from public.ai_runs
  where ai_runs.conversation_id = p_conversation_id
    and ai_runs.outcome in ('answered', 'handed_over')
    and ai_runs.question is not null
    and not ai_runs.is_shadow
  order by ai_runs.created_at desc
  limit 1;

  if v_run.outcome = 'handed_over' then
    v_answer := private.answer_of_agent(p_conversation_id, v_run.created_at);
    if coalesce(v_run.reason, 'low_confidence') in ('low_confidence', 'no_answer')
      and length(v_answer) >= 20 then
      perform private.suggest('article', null, p_conversation_id, v_run.question, v_answer);
    end if;
    return;
  end if;

  select knowledge_articles.id into v_article_id
  from public.knowledge_articles
  where knowledge_articles.id::text = v_run.sources #>> '{0,article_id}';
  v_question := coalesce(private.asked_before_pick(v_run), v_run.question);
  if v_article_id is not null and not private.is_well_known(v_article_id, v_question) then
    perform private.suggest('phrasing', v_article_id, p_conversation_id, v_question, null);
  end if;
end;
$$;

comment on function private.learn_from is
'Proposes what a solved conversation teaches: what an agent answered where the AI could not becomes
an article; words for a question that the AI answered well, where they are new, a phrasing, those
of who had to pick the article among them.
What the AI would have said while people answered teaches nothing.';
revoke all on function private.learn_from from public;
grant execute on function private.learn_from to service_role;
