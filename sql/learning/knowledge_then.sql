create or replace function private.knowledge_then(p_knowledge jsonb, p_moment timestamptz)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(
      jsonb_agg(found.passage || coalesce(kept.words, '{}') order by found.place), '[]'
    )
    from jsonb_array_elements(p_knowledge) with ordinality as found (passage, place)
    join public.knowledge_articles
      on knowledge_articles.id = (found.passage ->> 'article_id')::uuid
    left join lateral (
      select case
        when knowledge_versions.version < knowledge_articles.version then jsonb_build_object(
          'version', knowledge_versions.version,
          'title', knowledge_versions.title,
          'article', knowledge_versions.body,
          'content', knowledge_versions.body,
          'phrasings', knowledge_versions.phrasings,
          'language', knowledge_versions.language,
          'chunk_id', null
        )
      end as words
      from public.knowledge_versions
      where knowledge_versions.article_id = knowledge_articles.id
        and knowledge_versions.changed_at <= p_moment
      order by knowledge_versions.version desc
      limit 1
    ) as kept on true
    where knowledge_articles.created_at <= p_moment
      and coalesce(knowledge_articles.valid_from, '-infinity') <= p_moment
  );
end;
$$;

comment on function private.knowledge_then is
'The passages in the words that their articles had at a moment, without those of articles that did
not exist or hold yet; what is found, and how near, is by the words of today.';
revoke all on function private.knowledge_then from public;
grant execute on function private.knowledge_then to service_role;
