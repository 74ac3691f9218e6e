create or replace function private.sources_exist(p_sources jsonb)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*) > 0 and count(*) = count(knowledge_articles.id)
    from jsonb_array_elements(
      case when jsonb_typeof(p_sources) = 'array' then p_sources else '[]' end
    ) as cited (source)
    left join public.knowledge_articles
      on knowledge_articles.id = private.uuid_of(cited.source ->> 'article_id')
      and knowledge_articles.is_published
      and knowledge_articles.visibility = 'public'
  );
end;
$$;

comment on function private.sources_exist is
'Whether there is a source and every one is a published article of ours that is for customers.';
revoke all on function private.sources_exist from public;
grant execute on function private.sources_exist to service_role;
