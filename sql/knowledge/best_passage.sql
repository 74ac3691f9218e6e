create or replace function private.best_passage(p_article_id uuid, p_chunk_id uuid)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select knowledge_chunks.content
    from public.knowledge_chunks
    where knowledge_chunks.article_id = p_article_id and knowledge_chunks.kind = 'body'
    order by knowledge_chunks.id = p_chunk_id desc, knowledge_chunks.position
    limit 1
  );
end;
$$;

comment on function private.best_passage is
'The paragraph to answer from: the one that matched, or the article''s first.';
revoke all on function private.best_passage from public;
grant execute on function private.best_passage to authenticated, service_role;
