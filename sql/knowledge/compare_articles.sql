create or replace function private.compare_articles(
  p_articles uuid[],
  p_embedding extensions.vector,
  p_model text
)
returns table (article_id uuid, chunk_id uuid, cosine double precision)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_embedding is null then
    return;
  end if;

  return query
  select distinct on (compared.article_id) compared.article_id, compared.id, compared.product
  from (
    select
      knowledge_chunks.article_id, knowledge_chunks.id,
      -(knowledge_chunks.embedding operator(extensions.<#>) p_embedding) as product
    from unnest(p_articles) as asked (article_id)
    join public.knowledge_chunks on knowledge_chunks.article_id = asked.article_id
    where knowledge_chunks.embedding_model = p_model
  ) as compared
  order by compared.article_id, compared.product desc, compared.id;
end;
$$;

comment on function private.compare_articles is
'Of each of these articles the piece whose vector is nearest, and their inner product; nothing
without an embedding, or for articles that have no vector of its model yet.';
revoke all on function private.compare_articles from public;
grant execute on function private.compare_articles to authenticated, service_role;
