-- The document may have been cut by mistake, and an article may have been improved by hand: nothing
-- is taken away with it.
create or replace function private.left_behind(p_articles jsonb)
returns setof jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  with parts as materialized (
    select names.name as source, given.value ->> 'key' as key
    from jsonb_array_elements(p_articles) as given
    cross join lateral (
      values (given.value ->> 'source'), (given.value ->> 'formerly')
    ) as names (name)
  )

  select jsonb_build_object(
    'id', knowledge_articles.id, 'title', left(knowledge_articles.title, 200), 'state', 'gone'
  )
  from public.knowledge_articles
  where knowledge_articles.is_published
    and knowledge_articles.imported_from in (select parts.source from parts)
    and not exists (
      select from parts
      where parts.source = knowledge_articles.imported_from
        and parts.key = knowledge_articles.import_key
    )
  order by knowledge_articles.created_at, knowledge_articles.id;
end;
$$;

comment on function private.left_behind is
'The published articles that came from the same documents and are no part of them any more:
{id, title, state: gone}.';
revoke all on function private.left_behind from public;
grant execute on function private.left_behind to authenticated, service_role;
