create or replace function private.knowledge_for(
  p_question text,
  p_embedding extensions.vector default null,
  p_embedding_model text default null,
  p_for_agents boolean default false
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(passages) order by passages.rank), '[]')
    from public.search_knowledge(
      p_question, null, 5, p_embedding, p_embedding_model, p_for_agents
    ) as passages
  );
end;
$$;

comment on function private.knowledge_for is
'The best five articles for a question, in any language, as a list of objects; what only agents may
see is among them with p_for_agents alone, which is for drafts that no customer is sent.';
revoke all on function private.knowledge_for from public;
grant execute on function private.knowledge_for to service_role;
