create or replace function private.share_words(p_one text[], p_other text[])
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select 2 * count(*) >= greatest(cardinality(p_one), cardinality(p_other))
  from unnest(p_one) as words (term)
  where words.term = any (p_other);
$$;

comment on function private.share_words is
'Whether two questions have half of the longer one''s words in common.';
revoke all on function private.share_words from public;
grant execute on function private.share_words to authenticated, service_role;
