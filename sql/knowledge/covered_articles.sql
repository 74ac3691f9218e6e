create or replace function private.covered_articles(
  p_question text,
  p_language text,
  p_limit integer,
  p_for_agents boolean default false
)
returns table (
  article_id uuid,
  chunk_id uuid,
  coverage double precision,
  score double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select best.article_id, best.chunk_id, best.coverage, best.score
  from (
    select distinct on (pieces.article_id)
      pieces.article_id, pieces.chunk_id, pieces.coverage,
      max(pieces.score) over (partition by pieces.article_id) as score
    from private.searched_languages(p_language) as languages (language)
    cross join lateral private.cover_question(
      left(p_question, 2000), languages.language, p_for_agents
    ) as pieces
    order by pieces.article_id, pieces.coverage desc, pieces.chunk_id
  ) as best
  order by best.score desc, best.article_id
  limit p_limit;
end;
$$;

comment on function private.covered_articles is
'The articles whose best piece covers most of a question, best first; null searches
every language.';
revoke all on function private.covered_articles from public;
grant execute on function private.covered_articles to authenticated, service_role;
