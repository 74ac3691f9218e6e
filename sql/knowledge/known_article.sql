create or replace function private.known_article(p_item jsonb)
returns public.knowledge_articles
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_known public.knowledge_articles;
begin
  select * into v_known
  from public.knowledge_articles
  where knowledge_articles.id::text = lower(p_item ->> 'id')
  for update;

  if not found then
    select * into v_known
    from public.knowledge_articles
    where knowledge_articles.imported_from in (p_item ->> 'source', p_item ->> 'formerly')
      and knowledge_articles.import_key = p_item ->> 'key'
    order by knowledge_articles.imported_from <> p_item ->> 'source'
    limit 1
    for update;
  end if;
  return v_known;
end;
$$;

comment on function private.known_article is
'The article that a part of a document was before, locked: by its id, where the document was
exported from here, else by where it stands in the document, as that is known or formerly was;
nothing if it is new.';
revoke all on function private.known_article from public;
grant execute on function private.known_article to authenticated, service_role;
