-- A letter that somebody holds down makes no other word: "okkk" is ok. Signs are those that
-- character_runs goes by. A Portuguese yes, a Spanish ok and German regards name a thing as well, a
-- SIM, a voucher and a brand: they ask nothing only where nothing else is said.
create or replace function private.asked_terms(
  p_text text,
  p_language text,
  p_without text[] default '{}'
)
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_words text;
begin
  select string_agg(words.word, ' ' order by words.place) into v_words
  from regexp_split_to_table(
    lower(left(p_text, 20000)), '[[:space:]!-/:-@[-`{-~。、，！？「」（）・：；’]+'
  ) with ordinality as words (word, place)
  where regexp_replace(words.word, '(.)\1{2,}', '\1', 'g') <> all (private.courtesies())
    and words.word <> all (private.courtesies())
    and words.word <> all (p_without);

  if regexp_replace(v_words, '\m(sim|vale|lg|vg)\M', '', 'g') ~ '[^0-9 ]' then
    return (tsvector_to_array(private.search_terms(p_language, v_words)))[:40];
  end if;
  return '{}';
end;
$$;

comment on function private.asked_terms is
'The words of a question without endings, sorted, each once, at most 40, those of politeness and
p_without left out; none where it asks nothing: of "ok", "yes please", pictures or a number alone.';
revoke all on function private.asked_terms from public;
grant execute on function private.asked_terms to service_role;
