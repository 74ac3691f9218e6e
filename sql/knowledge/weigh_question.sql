-- A word that no article has weighs most: it lowers the coverage of every article.
create or replace function private.weigh_question(p_question text, p_language text)
returns table (term text, word text, articles integer, weight double precision)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_size double precision := private.term_articles(p_language, '');
begin
  return query
  with counted as materialized (
    select words.term, words.word, private.term_articles(p_language, words.term) as articles
    from private.question_words(p_question, p_language) as words
  )

  select
    counted.term, counted.word, counted.articles,
    case
      when counted.articles = 0 then ln(1 + 2 * v_size)
      else ln(1 + greatest(v_size - counted.articles + 0.5, 0.5) / (counted.articles + 0.5))
    end
  from counted;
end;
$$;

comment on function private.weigh_question is
'The terms of a question, in how many articles each occurs, and its weight: rare means much.';
revoke all on function private.weigh_question from public;
grant execute on function private.weigh_question to authenticated, service_role;
