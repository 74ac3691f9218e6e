create or replace function private.search_terms(p_language text, p_text text)
returns tsvector
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when split_part(lower(p_language), '-', 1) in ('zh', 'ja', 'th', 'ko', 'km', 'lo', 'my')
      then to_tsvector('pg_catalog.simple', private.bigrams(left(p_text, 20000)))
    else to_tsvector(private.search_configuration(p_language), left(p_text, 20000))
  end;
$$;

comment on function private.search_terms is
'The terms of a text in its language; pairs of characters for Chinese, Japanese, Korean, Thai.';
revoke all on function private.search_terms from public;
grant execute on function private.search_terms to authenticated, service_role;
