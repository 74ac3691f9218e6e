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
        partition by case when p_language is null then knowledge_articles.language end
        order by
          split_part(lower(knowledge_articles.language), '-', 1)
          = split_part(lower(p_language), '-', 1) desc,
          cardinality(knowledge_articles.phrasings) desc,
          knowledge_articles.created_at,
          knowledge_articles.id
      ) as place
    from public.knowledge_articles
    where knowledge_articles.is_published
      and knowledge_articles.visibility = 'public'
      and clock_timestamp() >= coalesce(knowledge_articles.valid_from, '-infinity')
      and clock_timestamp() < coalesce(knowledge_articles.valid_until, 'infinity')
  ) as topics
  where topics.place <= p_limit;
$$;

comment on function private.common_topics is
'What to offer a customer who has not said yet what it is about: [{article_id, title, language}], so
many of every language while theirs is not known.';
revoke all on function private.common_topics from public;
grant execute on function private.common_topics to service_role;
