-- The middle of an article's phrasings tells more than its nearest piece: one odd phrasing pulls
-- many questions, their middle does not. How alike they are says what a distance to it is worth.
create or replace function private.closeness(
  p_article_id uuid,
  p_embedding extensions.vector,
  p_model text
)
returns table (
  cosine double precision, pair double precision,
  centre double precision, tightness double precision
)
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
  with pieces as materialized (
    select
      knowledge_chunks.embedding,
      knowledge_chunks.kind = 'phrasing' as is_phrasing,
      -(knowledge_chunks.embedding operator(extensions.<#>) p_embedding) as cosine
    from public.knowledge_chunks
    where knowledge_chunks.article_id = p_article_id
      and knowledge_chunks.embedding_model = p_model
  ),

  middle as materialized (
    select
      coalesce(
        extensions.avg(pieces.embedding) filter (where pieces.is_phrasing),
        extensions.avg(pieces.embedding)
      ) as embedding,
      array_agg(pieces.cosine order by pieces.cosine desc) as cosines
    from pieces
  )

  select
    middle.cosines[1],
    (middle.cosines[1] + coalesce(middle.cosines[2], middle.cosines[1])) / 2,
    -(middle.embedding operator(extensions.<#>) p_embedding)
    / nullif(extensions.vector_norm(middle.embedding), 0),
    extensions.vector_norm(middle.embedding)
  from middle;
end;
$$;

comment on function private.closeness is
'How near an article is to a question by meaning: the cosine of its nearest piece, the mean of the
two nearest, that of its phrasings'' middle, and how alike the phrasings are, 1 when the same.';
revoke all on function private.closeness from public;
grant execute on function private.closeness to authenticated, service_role;
