create or replace function private.pieces_with(
  p_queries tsquery[],
  p_weights double precision[],
  p_language text,
  p_limit integer,
  p_for_agents boolean default false
)
returns table (id uuid, article_id uuid, terms tsvector)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  with hits as (
    select knowledge_chunks.id as chunk_id, sum(words.weight) as weight
    from unnest(p_queries, p_weights) as words (query, weight)
    join public.knowledge_chunks on knowledge_chunks.terms @@ words.query
    where knowledge_chunks.language = p_language
    group by knowledge_chunks.id
  )

  select knowledge_chunks.id, knowledge_chunks.article_id, knowledge_chunks.terms
  from hits
  join public.knowledge_chunks on knowledge_chunks.id = hits.chunk_id
  join public.knowledge_articles on knowledge_articles.id = knowledge_chunks.article_id
  where knowledge_articles.is_published
    and (p_for_agents or knowledge_articles.visibility = 'public')
    and clock_timestamp() >= coalesce(knowledge_articles.valid_from, '-infinity')
    and clock_timestamp() < coalesce(knowledge_articles.valid_until, 'infinity')
  order by
    hits.weight / (1 + 0.01 * length(knowledge_chunks.terms)) desc,
    knowledge_chunks.id
  limit p_limit;
end;
$$;

comment on function private.pieces_with is
'The pieces of valid published articles that hold most of these weighed terms, best first.';
revoke all on function private.pieces_with from public;
grant execute on function private.pieces_with to authenticated, service_role;
