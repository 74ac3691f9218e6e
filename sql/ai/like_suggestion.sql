create or replace function private.like_suggestion(
  p_kind text,
  p_article_id uuid,
  p_language text,
  p_terms text[]
)
returns uuid
language sql
stable
security invoker
set search_path = ''
as $$
  select known.id
  from public.knowledge_suggestions as known
  cross join lateral (
    select count(*) as shared
    from unnest(known.terms) as words (term)
    where words.term = any (p_terms)
  ) as compared
  where known.kind = p_kind
    and known.article_id is not distinct from p_article_id
    and known.language = p_language
    and known.terms && p_terms
    and 2 * compared.shared >= greatest(cardinality(known.terms), cardinality(p_terms))
  order by compared.shared desc, known.created_at
  limit 1;
$$;

comment on function private.like_suggestion is
'The suggestion with which a question shares half of the longer one''s words, null without.';
revoke all on function private.like_suggestion from public;
grant execute on function private.like_suggestion to service_role;
