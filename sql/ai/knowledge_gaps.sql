create or replace function public.knowledge_gaps(
  p_since interval default '30 days',
  p_limit integer default 50
)
returns table (
  question text,
  language text,
  conversations bigint,
  last_asked timestamptz,
  conversation_ids uuid[]
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  return query
  with grouped as (
    select
      alike.run_id, alike.language, count(distinct alike.conversation_id) as conversations,
      max(alike.asked_at) as last_asked,
      (array_agg(distinct alike.conversation_id))[:3] as conversation_ids
    from private.alike_questions(private.looked_back_to(p_since)) as alike
    group by alike.run_id, alike.language
    order by 3 desc, 4 desc
    limit least(greatest(coalesce(p_limit, 50), 1), 200)
  )

  select
    case
      when length(asked.question) > 200 then left(asked.question, 199) || '…'
      else asked.question
    end,
    grouped.language, grouped.conversations, grouped.last_asked, grouped.conversation_ids
  from grouped
  join public.ai_runs on ai_runs.id = grouped.run_id
  cross join lateral coalesce(ai_runs.left_out, ai_runs.question) as asked (question)
  order by grouped.conversations desc, grouped.last_asked desc;
end;
$$;

comment on function public.knowledge_gaps is
'What customers asked lately that no article answered, those asked by most first: a question in one
customer''s words, 200 characters at most, in how many conversations it or one like it was asked,
and three of those; of a message that was answered in part, what was left out. PT400,
PT403.';
revoke all on function public.knowledge_gaps from public, anon, authenticated, service_role;
grant execute on function public.knowledge_gaps to authenticated, service_role;
