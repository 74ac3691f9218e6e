-- Security definer: the search weighs words by tables that are none of a tool's business, and finds
-- published articles alone.
create or replace function private.tool_knowledge_search(p_arguments jsonb)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'title', found.title,
      'content', left(found.content, 2000),
      'language', found.language,
      'source_url', found.source_url,
      'article', jsonb_build_object(
        'article_id', found.article_id, 'title', found.title, 'version', found.version
      )
    )
    order by found.rank
  ), '[]')
  from public.search_knowledge(left(p_arguments ->> 'question', 2000), null, 3) as found;
$$;

comment on function private.tool_knowledge_search is
'Tool: the three published articles that cover a question best.';
revoke all on function private.tool_knowledge_search from public;
grant execute on function private.tool_knowledge_search to ai_reader, service_role;
