-- A word that no article has weighs most: it lowers the coverage of every article.
create or replace function private.weigh_question(p_question text, p_language text)
returns table (term text, weight double precision)
language sql
stable
security invoker
set search_path = ''
as $$
  with size as (
    select count(*)::double precision as articles
    from public.knowledge_articles
    where knowledge_articles.language = p_language and knowledge_articles.is_published
  )

  select
    words.lexeme,
    case
      when knowledge_terms.articles is null then ln(1 + 2 * size.articles)
      else ln(
        1 + (size.articles - knowledge_terms.articles + 0.5) / (knowledge_terms.articles + 0.5)
      )
    end
  from unnest(private.search_terms(p_language, p_question)) as words
  cross join size
  left join private.knowledge_terms
    on knowledge_terms.language = p_language and knowledge_terms.term = words.lexeme;
$$;

comment on function private.weigh_question is
'The terms of a question with their weights: rare in the articles means much.';
revoke all on function private.weigh_question from public;
grant execute on function private.weigh_question to authenticated, service_role;
