create or replace function private.article_passage(p_article_id text)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'article_id', knowledge_articles.id,
      'chunk_id', null,
      'title', knowledge_articles.title,
      'content', private.best_passage(knowledge_articles.id, null),
      'article', knowledge_articles.body,
      'phrasing', null,
      'language', knowledge_articles.language,
      'source_url', knowledge_articles.source_url,
      'coverage', 1,
      'rank', 1,
      'version', knowledge_articles.version
    )
    from public.knowledge_articles
    where knowledge_articles.id::text = p_article_id
      and knowledge_articles.visibility = 'public'
      and private.holds_now(
        knowledge_articles.is_published,
        knowledge_articles.valid_from, knowledge_articles.valid_until
      )
  );
end;
$$;

comment on function private.article_passage is
'An article that the customer chose, in the form of a search''s find; null when it holds no more.';
revoke all on function private.article_passage from public;
grant execute on function private.article_passage to service_role;
