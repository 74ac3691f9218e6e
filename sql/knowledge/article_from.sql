create or replace function private.article_from(
  p_item jsonb,
  p_known public.knowledge_articles
)
returns public.knowledge_articles
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_new public.knowledge_articles := p_known;
begin
  v_new.title := btrim(p_item ->> 'title');
  v_new.body := p_item ->> 'body';
  v_new.language := private.require_language(p_item ->> 'language');
  v_new.phrasings := array(select jsonb_array_elements_text(coalesce(p_item -> 'phrasings', '[]')));
  if p_known.id is null then
    v_new.source_url := p_item ->> 'source_url';
  end if;
  v_new.visibility := coalesce(
    lower(nullif(btrim(p_item ->> 'visibility'), '')), p_known.visibility, 'public'
  );
  v_new.is_published := coalesce(
    nullif(btrim(p_item ->> 'is_published'), '')::boolean, p_known.is_published, true
  );
  if p_item ? 'valid_from' then
    v_new.valid_from := nullif(btrim(p_item ->> 'valid_from'), '')::timestamptz;
  end if;
  if p_item ? 'valid_until' then
    v_new.valid_until := nullif(btrim(p_item ->> 'valid_until'), '')::timestamptz;
  end if;
  return v_new;
end;
$$;

comment on function private.article_from is
'A document''s part as the article that it is to be. Who may see it, and when, stays as it is known
where the part does not say; a valid_from or valid_until that is there and empty is no limit.';
revoke all on function private.article_from from public;
grant execute on function private.article_from to authenticated, service_role;
