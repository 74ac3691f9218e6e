create or replace function private.explain_knowledge(p_knowledge jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'article_id', seen.passage -> 'article_id',
        'title', seen.passage -> 'title',
        'language', seen.passage -> 'language',
        'coverage', seen.passage -> 'coverage',
        'version', seen.passage -> 'version',
        'version_now', knowledge_articles.version,
        'is_changed', (strpos(knowledge_articles.body, texts.article) > 0) is not true,
        'article', texts.article,
        'passage', private.run_text(seen.passage ->> 'passage')
      )
      order by seen.place
    ), '[]')
    from jsonb_array_elements(coalesce(p_knowledge, '[]')) with ordinality as seen (passage, place)
    cross join lateral private.run_text(seen.passage ->> 'text') as texts (article)
    left join public.knowledge_articles
      on knowledge_articles.id = private.uuid_of(seen.passage ->> 'article_id')
  );
end;
$$;

comment on function private.explain_knowledge is
'The knowledge that a run was shown, in its own words of then: [{article_id, title, language,
coverage, version, version_now: null when the article is gone, is_changed, article, passage}].';
revoke all on function private.explain_knowledge from public;
grant execute on function private.explain_knowledge to authenticated, service_role;
