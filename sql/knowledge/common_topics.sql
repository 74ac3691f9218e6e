-- Of each language only the first few are looked at, by an index in their order.
create or replace function private.common_topics(p_language text, p_limit integer default 3)
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
        'article_id', topics.id, 'title', topics.title, 'language', topics.language
      )
      order by topics.place
    ), '[]')
    from (
      select
        first.id, first.title, first.language,
        row_number() over (
          partition by case when p_language is null then first.language end
          order by
            split_part(lower(first.language), '-', 1) = split_part(lower(p_language), '-', 1) desc,
            cardinality(first.phrasings) desc, first.created_at, first.id
        ) as place
      from private.searched_languages(null) as languages (language)
      cross join lateral (
        select knowledge_articles.*
        from public.knowledge_articles
        where knowledge_articles.language = languages.language
          and knowledge_articles.is_published
          and knowledge_articles.visibility = 'public'
          and clock_timestamp() >= coalesce(knowledge_articles.valid_from, '-infinity')
          and clock_timestamp() < coalesce(knowledge_articles.valid_until, 'infinity')
        order by
          cardinality(knowledge_articles.phrasings) desc, knowledge_articles.created_at,
          knowledge_articles.id
        limit p_limit
      ) as first
    ) as topics
    where topics.place <= p_limit
  );
end;
$$;

comment on function private.common_topics is
'What to offer a customer who has not said yet what it is about: [{article_id, title, language}], so
many of every language while theirs is not known.';
revoke all on function private.common_topics from public;
grant execute on function private.common_topics to service_role;
