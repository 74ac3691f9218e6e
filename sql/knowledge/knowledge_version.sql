create or replace function public.knowledge_version(
  p_article_id uuid,
  p_version integer default null
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_kept jsonb;
begin
  perform private.require_agent();
  select to_jsonb(knowledge_versions) || jsonb_build_object(
    'is_deleted', not exists (
      select from public.knowledge_articles where knowledge_articles.id = p_article_id
    )
  )
  into v_kept
  from public.knowledge_versions
  where knowledge_versions.article_id = p_article_id
    and knowledge_versions.version = coalesce(p_version, knowledge_versions.version)
  order by knowledge_versions.version desc
  limit 1;

  if v_kept is null and not exists (
    select from public.knowledge_versions where knowledge_versions.article_id = p_article_id
  ) then
    raise exception using
      errcode = 'PT404',
      message = format('there is no article %s', p_article_id),
      hint = 'give the id of a row in knowledge_articles';
  elsif v_kept is null then
    raise exception using
      errcode = 'PT404',
      message = format('article %s has no version %s', p_article_id, p_version),
      hint = 'select version from knowledge_versions where article_id = … lists those it had';
  end if;
  return v_kept;
end;
$$;

comment on function public.knowledge_version is
'The text of an article as it was in a version, or newest if none is named; also when the article is
gone: {article_id, version, title, body, phrasings, language, changed_by, changed_at, is_deleted}.
PT403, PT404.';
revoke all on function public.knowledge_version from public, anon, authenticated, service_role;
grant execute on function public.knowledge_version to authenticated, service_role;
