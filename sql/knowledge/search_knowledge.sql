-- Full text ranking of Postgres knows nothing of rare words; the share of the question's weight
-- that a piece covers does, and can be compared between questions.
create or replace function public.search_knowledge(
  p_question text,
  p_language text default null,
  p_limit integer default 5
)
returns table (
  article_id uuid,
  chunk_id uuid,
  title text,
  content text,
  article text,
  phrasing text,
  language text,
  source_url text,
  coverage double precision,
  rank integer
)
language sql
stable
security invoker
set search_path = ''
as $$
  with languages as (
    select distinct knowledge_articles.language
    from public.knowledge_articles
    where knowledge_articles.is_published
      and (p_language is null or knowledge_articles.language = p_language)
  ),

  covered as materialized (
    select pieces.chunk_id, pieces.article_id, pieces.coverage
    from languages
    cross join lateral private.cover_question(left(p_question, 2000), languages.language) as pieces
  ),

  best as (
    select
      covered.article_id,
      max(covered.coverage) as coverage,
      (array_agg(covered.chunk_id order by covered.coverage desc))[1] as chunk_id,
      row_number() over (order by max(covered.coverage) desc, covered.article_id) as rank
    from covered
    group by covered.article_id
    order by 2 desc
    limit least(greatest(p_limit, 1), 50)
  )

  select
    best.article_id, best.chunk_id, knowledge_articles.title, passage.content,
    knowledge_articles.body,
    case when knowledge_chunks.kind = 'phrasing' then knowledge_chunks.content end,
    knowledge_articles.language, knowledge_articles.source_url,
    best.coverage, best.rank::integer
  from best
  join public.knowledge_articles on knowledge_articles.id = best.article_id
  join public.knowledge_chunks on knowledge_chunks.id = best.chunk_id
  cross join lateral private.best_passage(best.article_id, best.chunk_id) as passage (content)
  order by best.rank;
$$;

comment on function public.search_knowledge is
'The articles that cover a question best (R53), best first; null searches every language.
coverage is the share of the question''s information that the article''s best piece holds, 0 to 1.';
revoke all on function public.search_knowledge from public, anon, authenticated, service_role;
grant execute on function public.search_knowledge to authenticated, service_role;
