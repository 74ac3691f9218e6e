-- Security definer: the counts follow every edit, whoever made it.
create or replace function private.count_terms()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into private.knowledge_term_changes (language, term, articles)
  select
    found.language, found.term,
    count(distinct found.article_id) * case when tg_op = 'INSERT' then 1 else -1 end
  from (
    select pieces.language, pieces.article_id, words.lexeme as term
    from pieces
    cross join lateral unnest(pieces.terms) as words
    union all
    select pieces.language, pieces.article_id, ''
    from pieces
  ) as found
  group by found.language, found.term;
  return null;
end;
$$;

comment on function private.count_terms is
'Trigger: notes in how many articles more, or fewer, each term occurs. The pieces of one article
come and go in one statement.';
revoke all on function private.count_terms from public;

create trigger count_terms
after insert on public.knowledge_chunks
referencing new table as pieces
for each statement execute function private.count_terms();

create trigger count_terms_gone
after delete on public.knowledge_chunks
referencing old table as pieces
for each statement execute function private.count_terms();
