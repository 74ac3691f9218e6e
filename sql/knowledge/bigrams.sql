create or replace function private.bigrams(p_text text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(string_agg(substr(words.word, starts.place, runs.size), ' '), '')
  from regexp_split_to_table(lower(p_text), '[[:space:][:punct:]。、，！？「」（）・：；]+') as words (word)
  cross join (values (2), (3)) as runs (size)
  cross join lateral generate_series(
    1, greatest(length(words.word) - runs.size + 1, 3 - runs.size)
  ) as starts (place)
  where words.word <> '';
$$;

comment on function private.bigrams is
'Every two and three neighbouring characters, for languages that write no spaces between words.';
revoke all on function private.bigrams from public;
grant execute on function private.bigrams to authenticated, service_role;
