-- Ranks are not fused: that lowers a strong one. Cosine and score are both from 0 to 1 and can be
-- compared between questions, so their weighed sum can as well.
create or replace function private.rank_articles(
  p_question text,
  p_language text,
  p_limit integer,
  p_embedding extensions.vector default null,
  p_model text default null,
  p_for_agents boolean default false
)
returns table (
  article_id uuid,
  chunk_id uuid,
  coverage double precision,
  cosine double precision,
  rank integer
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  with covered as materialized (
    select best.article_id, best.chunk_id, best.coverage, best.score
    from private.covered_articles(p_question, p_language, 50, p_for_agents) as best
  ),

  candidates as (
    select covered.article_id from covered
    union
    select private.near_articles(p_embedding, p_model, p_language, 60, p_for_agents)
  )

  select
    candidates.article_id, coalesce(compared.chunk_id, covered.chunk_id),
    coalesce(covered.coverage, 0), compared.cosine,
    (row_number() over (
      order by
        coalesce(compared.cosine, 0) + 0.5 * coalesce(covered.score, 0) desc,
        candidates.article_id
    ))::integer
  from candidates
  left join covered on covered.article_id = candidates.article_id
  left join private.compare_articles(
    array(select candidates.article_id from candidates), p_embedding, p_model
  ) as compared on compared.article_id = candidates.article_id
  order by 5
  limit least(greatest(p_limit, 1), 50);
end;
$$;

comment on function private.rank_articles is
'The articles whose pieces cover most of a question or, with an embedding, are nearest to it, best
first; null searches every language.';
revoke all on function private.rank_articles from public;
grant execute on function private.rank_articles to authenticated, service_role;
