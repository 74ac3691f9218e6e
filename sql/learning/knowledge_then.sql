create or replace function private.knowledge_then(p_knowledge jsonb, p_moment timestamptz)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(found.passage order by found.place), '[]')
    from jsonb_array_elements(p_knowledge) with ordinality as found (passage, place)
    join public.knowledge_articles
      on knowledge_articles.id = (found.passage ->> 'article_id')::uuid
    where knowledge_articles.created_at <= p_moment
  );
end;
$$;

comment on function private.knowledge_then is
'The passages without those of articles that did not exist yet; the words are those of today.';
revoke all on function private.knowledge_then from public;
grant execute on function private.knowledge_then to service_role;
