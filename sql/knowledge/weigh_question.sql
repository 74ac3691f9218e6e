-- A word that no article has weighs most: it lowers the coverage of every article.
create or replace function private.weigh_question(p_question text, p_language text)
returns table (
  term text,
  query tsquery,
  near tsquery,
  articles integer,
  weight double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_size double precision := private.term_articles(p_language, '');
begin
  return query
  select
    counted.lexeme,
    private.query_for(counted.lexeme, length(counted.lexeme)),
    private.query_for(counted.lexeme, private.stem_length(counted.lexeme)),
    counted.articles,
    case
      when counted.articles = 0 then ln(1 + 2 * v_size)
      else ln(1 + greatest(v_size - counted.articles + 0.5, 0.5) / (counted.articles + 0.5))
    end
  from (
    select words.lexeme, private.term_articles(p_language, words.lexeme) as articles
    from unnest(private.search_terms(p_language, p_question)) as words
  ) as counted;
end;
$$;

comment on function private.weigh_question is
'The terms of a question, how each and its relatives are looked for, in how many articles it
occurs, and its weight: rare means much.';
revoke all on function private.weigh_question from public;
grant execute on function private.weigh_question to authenticated, service_role;
