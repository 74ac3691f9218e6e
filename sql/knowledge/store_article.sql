create or replace function private.store_article(
  p_article_id uuid,
  p_new public.knowledge_articles,
  p_item jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_id uuid;
begin
  if p_article_id is null then
    insert into public.knowledge_articles (
      title, body, language, phrasings, is_published, visibility, valid_from, valid_until,
      source_url, imported_from, import_key
    )
    values (
      p_new.title, p_new.body, p_new.language, p_new.phrasings, p_new.is_published,
      p_new.visibility, p_new.valid_from, p_new.valid_until, p_new.source_url,
      p_item ->> 'source', p_item ->> 'key'
    )
    returning knowledge_articles.id into v_id;
    return v_id;
  end if;

  update public.knowledge_articles
  set
    title = p_new.title, body = p_new.body, language = p_new.language,
    phrasings = p_new.phrasings, is_published = p_new.is_published,
    visibility = p_new.visibility, valid_from = p_new.valid_from, valid_until = p_new.valid_until,
    imported_from = case
      when knowledge_articles.imported_from = p_item ->> 'formerly' then p_item ->> 'source'
      else knowledge_articles.imported_from
    end
  where knowledge_articles.id = p_article_id
  returning knowledge_articles.id into v_id;
  return v_id;
end;
$$;

comment on function private.store_article is
'Writes an imported article: a new one, or the new text of one that there is,
which is known by its document''s new name from then on.';
revoke all on function private.store_article from public;
grant execute on function private.store_article to authenticated, service_role;
