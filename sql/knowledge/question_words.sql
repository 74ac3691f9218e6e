-- Split by the parser that made the terms of the articles: a regular expression takes some vowel
-- signs of Hindi for punctuation. What it calls 12 stands between words.
create or replace function private.question_words(p_question text, p_language text)
returns table (term text, word text)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if private.writes_unspaced(p_language) then
    return query
    select terms.lexeme, null
    from unnest(private.search_terms(p_language, p_question)) as terms;
    return;
  end if;

  return query
  select terms.lexeme, min(words.token)
  from ts_parse('default', lower(p_question)) as words
  cross join lateral unnest(private.search_terms(p_language, words.token)) as terms
  where words.tokid <> 12
  group by terms.lexeme;
end;
$$;

comment on function private.question_words is
'The terms of a question, each with the word it was written as; without where words are not apart.';
revoke all on function private.question_words from public;
grant execute on function private.question_words to authenticated, service_role;
