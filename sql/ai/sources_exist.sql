create or replace function private.sources_exist(p_sources jsonb, p_job private.reply_jobs)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*) > 0 and bool_and(case
      when cited.source ? 'tool' then exists (
        select 1
        from public.ai_tool_calls
        join public.ai_tools on ai_tools.name = ai_tool_calls.tool
        where ai_tool_calls.reply_job_id = p_job.id
          and ai_tool_calls.attempt = p_job.attempt
          and ai_tool_calls.outcome = 'done'
          and ai_tools.name = cited.source ->> 'tool'
          and ai_tools.is_source
      )
      else knowledge_articles.id is not null
    end)
    from jsonb_array_elements(
      case when jsonb_typeof(p_sources) = 'array' then p_sources else '[]' end
    ) as cited (source)
    left join public.knowledge_articles
      on knowledge_articles.id = private.uuid_of(cited.source ->> 'article_id')
      and knowledge_articles.visibility = 'public'
      and private.holds_now(
        knowledge_articles.is_published,
        knowledge_articles.valid_from, knowledge_articles.valid_until
      )
  );
end;
$$;

comment on function private.sources_exist is
'Whether there is a source and every one is an article that holds now and is for customers, or a
tool that gave something in this very claim and may be rested on.';
revoke all on function private.sources_exist from public;
grant execute on function private.sources_exist to service_role;
