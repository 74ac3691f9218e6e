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
'Trigger: cuts a changed article into its title, paragraphs and phrasings.';
revoke all on function private.chunk_article from public;

create trigger chunk_article
after insert or update of title, body, language, phrasings on public.knowledge_articles
for each row execute function private.chunk_article();
