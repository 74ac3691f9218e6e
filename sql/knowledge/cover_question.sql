create or replace function private.cover_question(p_question text, p_language text)
returns table (chunk_id uuid, article_id uuid, coverage double precision)
language sql
stable
security invoker
set search_path = ''
as $$
  with question as materialized (
    select weighed.term, weighed.weight
    from private.weigh_question(p_question, p_language) as weighed
  ),

  total as (
    select nullif(sum(question.weight), 0) as weight
    from question
  )

  select
    knowledge_chunks.id,
    knowledge_chunks.article_id,
    sum(question.weight) / max(total.weight) / (1 + 0.01 * max(length(knowledge_chunks.terms)))
  from question
  cross join total
  join public.knowledge_chunks
    on knowledge_chunks.language = p_language
    and knowledge_chunks.terms @@ (
      '''' || replace(replace(question.term, '\', '\\'), '''', '''''') || ''''
    )::tsquery
  join public.knowledge_articles on knowledge_articles.id = knowledge_chunks.article_id
  where knowledge_articles.is_published
    and clock_timestamp() >= coalesce(knowledge_articles.valid_from, '-infinity')
    and clock_timestamp() < coalesce(knowledge_articles.valid_until, 'infinity')
  group by knowledge_chunks.id;
$$;

comment on function private.cover_question is
'How much of a question''s weight each piece of a valid published article holds, 0 to 1.';
revoke all on function private.cover_question from public;
grant execute on function private.cover_question to authenticated, service_role;
