-- Security definer: the counts follow every edit, whoever made it.
-- The lock lets two editors wait for one another, as both write every count anew.
create or replace function private.refresh_terms()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtext('private.refresh_terms'));
  delete from private.knowledge_terms;

  insert into private.knowledge_terms (language, term, articles)
  select knowledge_chunks.language, words.lexeme, count(distinct knowledge_chunks.article_id)
  from public.knowledge_chunks
  join public.knowledge_articles on knowledge_articles.id = knowledge_chunks.article_id
  cross join lateral unnest(knowledge_chunks.terms) as words
  where knowledge_articles.is_published
  group by knowledge_chunks.language, words.lexeme;
  return null;
end;
$$;

comment on function private.refresh_terms is
'Trigger: counts again in how many articles each term occurs.';
revoke all on function private.refresh_terms from public;

create trigger refresh_terms
after insert or delete or update on public.knowledge_articles
for each statement execute function private.refresh_terms();
