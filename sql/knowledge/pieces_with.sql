-- The rarest words are always sought; further ones while the pieces to go through are not too many.
-- Lengths and articles are looked at for the best of them only.
create or replace function private.pieces_with(
  p_words private.sought_word[],
  p_language text,
  p_most_pieces integer,
  p_limit integer,
  p_for_agents boolean default false
)
returns table (id uuid, article_id uuid, content text, terms tsvector)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  with rare as materialized (
    select
      case when words.articles = 0 then words.near else words.query end as query,
      case when words.articles = 0 then 0.5 else 1 end * words.weight as weight,
      words.articles <= 1 or sum(words.articles) over (order by words.articles, words.query)
      <= greatest(p_most_pieces, min(nullif(words.articles, 0)) over ()) as is_rare
    from unnest(p_words) as words
  ),

  hits as (
    select knowledge_chunks.id as chunk_id, sum(rare.weight) as weight
    from rare
    join public.knowledge_chunks on knowledge_chunks.terms @@ rare.query
    where rare.is_rare and knowledge_chunks.language = p_language
    group by knowledge_chunks.id
    order by 2 desc
    limit 4 * p_limit
  )

  select
    knowledge_chunks.id, knowledge_chunks.article_id, knowledge_chunks.content,
    knowledge_chunks.terms
  from hits
  join public.knowledge_chunks on knowledge_chunks.id = hits.chunk_id
  join public.knowledge_articles on knowledge_articles.id = knowledge_chunks.article_id
  where (p_for_agents or knowledge_articles.visibility = 'public')
    and private.holds_now(
      knowledge_articles.is_published, knowledge_articles.valid_from, knowledge_articles.valid_until
    )
  order by
    hits.weight / private.length_penalty(p_language, knowledge_chunks.terms) desc,
    knowledge_chunks.id
  limit p_limit;
end;
$$;

comment on function private.pieces_with is
'The pieces of valid published articles that hold most of these words by weight, best first.';
revoke all on function private.pieces_with from public;
grant execute on function private.pieces_with to authenticated, service_role;
