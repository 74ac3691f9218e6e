create or replace function private.searched_languages(p_language text)
returns setof text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_language is not null then
    return next p_language;
    return;
  end if;

  return query
  select knowledge_terms.language
  from private.knowledge_terms
  where knowledge_terms.term = ''
  union
  select knowledge_term_changes.language
  from private.knowledge_term_changes
  where knowledge_term_changes.term = '';
end;
$$;

comment on function private.searched_languages is
'The languages to search: the one that is named, or null for all that have articles.';
revoke all on function private.searched_languages from public;
grant execute on function private.searched_languages to authenticated, service_role;
