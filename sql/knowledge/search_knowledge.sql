-- Full text ranking of Postgres knows nothing of rare words; the share of the question's weight
-- that a piece covers does, and can be compared between questions.
create or replace function public.search_knowledge(
  p_question text,
  p_language text default null,
  p_limit integer default 5,
  p_embedding extensions.vector default null, p_embedding_model text default null,
  p_for_agents boolean default false
)
returns table (
  article_id uuid, chunk_id uuid,
  title text,
  content text,
  article text,
  phrasing text,
  phrasings text[],
  language text,
  source_url text,
  coverage double precision, cosine double precision,
  pair double precision, centre double precision, tightness double precision,
  rank integer, version integer
)
language plpgsql
stable
security invoker
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  perform private.require_embedding(p_embedding, p_embedding_model);
  return query
  select
    best.article_id, best.chunk_id, knowledge_articles.title,
    private.best_passage(best.article_id, best.chunk_id), knowledge_articles.body,
    case when knowledge_chunks.kind = 'phrasing' then knowledge_chunks.content end,
    knowledge_articles.phrasings, knowledge_articles.language, knowledge_articles.source_url,
    best.coverage, best.cosine, close.pair, close.centre, close.tightness, best.rank,
    knowledge_articles.version
  from private.rank_articles(
    p_question, coalesce(private.language_tag(p_language), p_language), p_limit, p_embedding,
    p_embedding_model, p_for_agents
  ) as best
  join public.knowledge_articles on knowledge_articles.id = best.article_id
  join public.knowledge_chunks on knowledge_chunks.id = best.chunk_id
  left join lateral private.closeness(best.article_id, p_embedding, p_embedding_model) as close
    on p_embedding is not null
  order by best.rank;
end;
$$;

comment on function public.search_knowledge is
'The articles that answer a question best (R53), best first; null searches every language.
coverage is the share of the question''s information that the article''s best piece holds, 0 to 1;
cosine the best inner product of p_embedding and a piece''s vector, pair of the two
nearest, centre of its phrasings'' middle, tightness how alike they are, null without. Articles that
only agents may see are found with p_for_agents alone, by whoever may read them. PT400.';
revoke all on function public.search_knowledge from public, anon, authenticated, service_role;
grant execute on function public.search_knowledge to authenticated, service_role;
