-- Security definer: admins edit articles; the pieces are the machine's.
create or replace function private.chunk_article()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    delete from public.knowledge_chunks where knowledge_chunks.article_id = new.id;
  end if;
  if not new.is_published then
    return null;
  end if;

  insert into public.knowledge_chunks (article_id, kind, position, language, content, terms)
  select
    new.id, pieces.kind, pieces.position, new.language, pieces.content,
    private.search_terms(new.language, pieces.content)
  from (
    select 'title' as kind, 0 as position, new.title as content
    union all
    select 'body', paragraphs.position::integer, new.title || E'\n' || btrim(paragraphs.content)
    from regexp_split_to_table(new.body, E'\n[[:space:]]*\n') with ordinality
      as paragraphs (content, position)
    where btrim(paragraphs.content) <> ''
    union all
    select 'phrasing', phrasings.position::integer, phrasings.content
    from unnest(new.phrasings) with ordinality as phrasings (content, position)
    where btrim(phrasings.content) <> ''
  ) as pieces;
  return null;
end;
$$;

comment on function private.chunk_article is
'Trigger: cuts a published article that is new or changed into its title, paragraphs, phrasings.';
revoke all on function private.chunk_article from public;

create trigger chunk_article
after insert on public.knowledge_articles
for each row execute function private.chunk_article();

create trigger chunk_article_again
after update on public.knowledge_articles
for each row
when (
  (old.title, old.body, old.language, old.phrasings, old.is_published)
  is distinct from (new.title, new.body, new.language, new.phrasings, new.is_published)
)
execute function private.chunk_article();
