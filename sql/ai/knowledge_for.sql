create or replace function private.knowledge_for(p_question text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(to_jsonb(found) order by found.rank), '[]')
  from public.search_knowledge(p_question) as found;
$$;

comment on function private.knowledge_for is
'The best five articles for a question, in any language, as a list of objects.';
revoke all on function private.knowledge_for from public;
grant execute on function private.knowledge_for to service_role;
