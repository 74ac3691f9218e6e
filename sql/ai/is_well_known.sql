create or replace function private.is_well_known(p_article_id uuid, p_question text)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(max(
    compared.shared::double precision / greatest(cardinality(asked.terms), 1)
  ), 0) >= 0.6
  from public.knowledge_chunks
  cross join lateral (
    select tsvector_to_array(private.search_terms(knowledge_chunks.language, p_question)) as terms
  ) as asked
  cross join lateral (
    select count(*) as shared
    from unnest(asked.terms) as words (term)
    where words.term = any (tsvector_to_array(knowledge_chunks.terms))
  ) as compared
  where knowledge_chunks.article_id = p_article_id
    and knowledge_chunks.kind in ('title', 'phrasing');
$$;

comment on function private.is_well_known is
'Whether the title or a phrasing of an article holds most of a question''s words already.';
revoke all on function private.is_well_known from public;
grant execute on function private.is_well_known to service_role;
