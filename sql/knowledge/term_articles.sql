create or replace function private.term_articles(p_language text, p_term text)
returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce((
    select knowledge_terms.articles
    from private.knowledge_terms
    where knowledge_terms.language = p_language and knowledge_terms.term = p_term
  ), 0) + coalesce((
    select sum(knowledge_term_changes.articles)
    from private.knowledge_term_changes
    where knowledge_term_changes.language = p_language and knowledge_term_changes.term = p_term
  ), 0);
end;
$$;

comment on function private.term_articles is
'In how many published articles of a language a term occurs; of the empty term: how many
there are.';
revoke all on function private.term_articles from public;
grant execute on function private.term_articles to authenticated, service_role;
