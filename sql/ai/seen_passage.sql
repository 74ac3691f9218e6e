create or replace function private.seen_passage(p_passage jsonb, p_text text, p_piece text)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_article text := left(p_passage ->> 'article', 20000);
begin
  return jsonb_build_object(
    'article_id', p_passage -> 'article_id',
    'chunk_id', p_passage -> 'chunk_id',
    'title', left(p_passage ->> 'title', 500),
    'language', left(p_passage ->> 'language', 35),
    'coverage', p_passage -> 'coverage',
    'text', p_text,
    'passage', p_piece,
    'version', (
      select knowledge_versions.version
      from public.knowledge_versions
      where knowledge_versions.article_id = private.uuid_of(p_passage ->> 'article_id')
        and knowledge_versions.version <= coalesce(
          private.number_of(p_passage -> 'version'), knowledge_versions.version
        )
        and strpos(knowledge_versions.body, v_article) > 0
      order by knowledge_versions.version desc
      limit 1
    )
  );
end;
$$;

comment on function private.seen_passage is
'A passage as a run keeps it: texts by their hashes, and the version of the article that had this
text, also where it was changed while the answer was being made; null where none had.';
revoke all on function private.seen_passage from public;
grant execute on function private.seen_passage to service_role;
