-- "One" follows other places in English: "the second one" is not the first.
create or replace function private.place_said(p_text text)
returns integer
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_found integer[] := array(
    select distinct coalesce((
      select min(places.place)
      from unnest(private.place_words()) with ordinality as places (words, place)
      where said.word = any (string_to_array(places.words, ' '))
    ), 0)
    from regexp_split_to_table(
      regexp_replace(lower(normalize(left(p_text, 60), nfkc)), '(\S) one\M', '\1', 'g'),
      '[^[:alnum:]]+'
    ) as said (word)
    where said.word <> all (private.beside_words() || array['']::text[])
  );
begin
  return case when cardinality(v_found) = 1 then nullif(v_found[1], 0) end;
end;
$$;

comment on function private.place_said is
'The place, 1 to 4, that a text names and nothing else: "2", "the second one", "Nummer 2 bitte"; in
twelve languages. Null where it says more, or two places.';
revoke all on function private.place_said from public;
grant execute on function private.place_said to service_role;
