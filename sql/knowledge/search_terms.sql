-- Signs of Chinese, Japanese and Korean hold about as much in two as letters of Thai, Khmer, Lao
-- and Burmese, with their vowel signs, in three.
create or replace function private.search_terms(p_language text, p_text text)
returns tsvector
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when not private.writes_unspaced(p_language)
      then to_tsvector(private.search_configuration(p_language), left(p_text, 20000))
    else to_tsvector('pg_catalog.simple', private.character_runs(
      left(p_text, 20000),
      case when lower(left(p_language, 2)) in ('zh', 'ja', 'ko') then 2 else 3 end
    ))
  end;
end;
$$;

comment on function private.search_terms is
'The terms of a text in its language; runs of characters for Chinese, Japanese, Korean, Thai.';
revoke all on function private.search_terms from public;
grant execute on function private.search_terms to authenticated, service_role;
