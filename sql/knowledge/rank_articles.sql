create or replace function private.rank_articles(
  p_question text,
  p_language text,
  p_limit integer
)
returns table (article_id uuid, chunk_id uuid, coverage double precision, rank integer)
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
  )

  select
    covered.article_id,
    (array_agg(covered.chunk_id order by covered.coverage desc, covered.chunk_id))[1],
    max(covered.coverage),
    (row_number() over (order by max(covered.coverage) desc, covered.article_id))::integer
  from covered
  group by covered.article_id
  order by 4
  limit least(greatest(p_limit, 1), 50);
$$;

comment on function private.rank_articles is
'The articles whose best piece covers most of a question, best first; null searches every
language.';
revoke all on function private.rank_articles from public;
grant execute on function private.rank_articles to authenticated, service_role;
