create or replace function private.common_topics(p_language text, p_limit integer default 3)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(
    jsonb_build_object('article_id', topics.id, 'title', topics.title, 'language', topics.language)
    order by topics.place
  ), '[]')
  from (
    select
      knowledge_articles.id,
      knowledge_articles.title,
      knowledge_articles.language,
      row_number() over (
        order by
          knowledge_articles.language = coalesce(p_language, 'en') desc,
          cardinality(knowledge_articles.phrasings) desc,
          knowledge_articles.created_at,
          knowledge_articles.id
      ) as place
    from public.knowledge_articles
    where knowledge_articles.is_published
      and knowledge_articles.visibility = 'public'
      and clock_timestamp() >= coalesce(knowledge_articles.valid_from, '-infinity')
      and clock_timestamp() < coalesce(knowledge_articles.valid_until, 'infinity')
    order by place
    limit p_limit
  ) as topics;
$$;

comment on function private.common_topics is
'What to offer a customer who has not said yet what it is about: [{article_id, title, language}].';
revoke all on function private.common_topics from public;
grant execute on function private.common_topics to service_role;
