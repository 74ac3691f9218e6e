-- "One" follows other places in English: "the second one" is not the first.
create or replace function private.place_said(p_text text)
returns integer
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_said text := regexp_replace(
    regexp_replace(lower(normalize(p_text, nfkc)), '(\S) one\M', '\1', 'g'), '\mla prima\M', '1'
  );
  v_found integer[];
begin
  if length(p_text) > 60 or p_text ~ '[?？؟%€$£]|-[0-9]' then
    return null;
  end if;

  -- Chinese parts no words: "我选第2个".
  v_said := regexp_replace(v_said, '^我?[选選要]', '');
  v_said := regexp_replace(v_said, '([一-鿿])(?=[0-9])|([0-9])(?=[一-鿿])', '\1\2 ', 'g');
  v_found := array(
    select distinct coalesce((
      select min(places.place)
      from unnest(private.place_words()) with ordinality as places (words, place)
      where said.word = any (string_to_array(places.words, ' '))
    ), 0)
    from regexp_split_to_table(v_said, '[^[:alnum:]]+') as said (word)
    where said.word <> all (private.beside_words() || array['']::text[])
  );
  return case when cardinality(v_found) = 1 then nullif(v_found[1], 0) end;
end;
$$;

comment on function private.place_said is
'The place, 1 to 4, that a text names and nothing else: "2", "the second one", "Nummer 2 bitte"; in
twelve languages. Null where it says more, or two places.';
revoke all on function private.place_said from public;
grant execute on function private.place_said to service_role;
