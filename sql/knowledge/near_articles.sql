-- The index gives the nearest vectors of all models, languages and articles, so more are asked for
-- than are needed; while a model is being replaced, old vectors take some of the places.
create or replace function private.near_articles(
  p_embedding extensions.vector,
  p_model text,
  p_language text,
  p_limit integer,
  p_for_agents boolean default false
)
returns setof uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_embedding is null then
    return;
  end if;

  perform set_config('hnsw.ef_search', least(2 * p_limit, 1000)::text, true);
  return query
  with nearest as materialized (
    select
      knowledge_chunks.article_id, knowledge_chunks.language, knowledge_chunks.embedding_model
    from public.knowledge_chunks
    where knowledge_chunks.embedding is not null
    order by knowledge_chunks.embedding operator(extensions.<#>) p_embedding
    limit 2 * p_limit
  )

  select distinct nearest.article_id
  from nearest
  join public.knowledge_articles on knowledge_articles.id = nearest.article_id
  where nearest.embedding_model = p_model
    and (p_language is null or nearest.language = p_language)
    and (p_for_agents or knowledge_articles.visibility = 'public')
    and private.holds_now(
      knowledge_articles.is_published, knowledge_articles.valid_from, knowledge_articles.valid_until
    );
end;
$$;

comment on function private.near_articles is
'The valid published articles with the pieces whose vectors of this model are nearest.';
revoke all on function private.near_articles from public;
grant execute on function private.near_articles to authenticated, service_role;
