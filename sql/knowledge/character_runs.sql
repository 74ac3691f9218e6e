-- Signs are named one by one: the class of punctuation holds vowel signs of Thai and its kin.
create or replace function private.character_runs(p_text text, p_size integer)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(string_agg(substr(words.word, starts.place, p_size), ' '), '')
    from regexp_split_to_table(
      lower(p_text), '[[:space:]!-/:-@[-`{-~。、，！？「」（）・：；]+'
    ) as words (word)
    cross join lateral generate_series(1, greatest(length(words.word) - p_size + 1, 1))
      as starts (place)
    where words.word <> ''
  );
end;
$$;

comment on function private.character_runs is
'Every so many neighbouring characters, for languages that write no spaces between words.';
revoke all on function private.character_runs from public;
grant execute on function private.character_runs to authenticated, service_role;
