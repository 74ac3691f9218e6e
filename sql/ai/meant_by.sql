-- "One" follows other places in English: "the second one" is not the first, and "that's all" wants
-- nothing more. Chinese parts no words: "我选第2个". Arabic writes its "and" with the next word.
create or replace function private.meant_by(p_text text)
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_said text := lower(normalize(p_text, nfkc));
begin
  if length(p_text) > 60 or p_text ~ '[?？؟%€$£]|-[0-9]' then
    return '{?}';
  end if;

  v_said := regexp_replace(v_said, '(\S) one\M', '\1', 'g');
  v_said := regexp_replace(v_said, '\m(s|is) (all|everything)\M', 'enough');
  v_said := regexp_replace(v_said, '\mla prima\M', '1');
  v_said := regexp_replace(
    v_said, '\m(les deux|(los|las|os|as) (dos|dois|duas)|(i|le) due)\M', 'both'
  );
  v_said := regexp_replace(
    v_said, '\m(les trois|(los|las|os|as) (tres|três)|(i|le) tre)\M', 'all 3'
  );
  v_said := regexp_replace(v_said, '\m(ни|ولا) (один|одна|одно|واحد|واحدة)\M', 'none');
  v_said := regexp_replace(v_said, '^我?[选選要]', '');
  v_said := regexp_replace(v_said, '(?<=[一-鿿0-9])[和跟与](?=[一-鿿0-9])|\mو(?=ال)', ' ', 'g');
  v_said := regexp_replace(v_said, '([一-鿿])(?=[0-9])|([0-9])(?=[一-鿿])', '\1\2 ', 'g');
  return array(
    select distinct coalesce((
      select min(known.meant)
      from (
        select places.place::text as meant, places.words
        from unnest(private.place_words()) with ordinality as places (words, place)
        union all
        select group_words.meant, group_words.words
        from private.group_words()
      ) as known
      where said.word = any (string_to_array(known.words, ' '))
    ), '?')
    from regexp_split_to_table(v_said, '[^[:alnum:]]+') as said (word)
    where said.word <> all (private.beside_words() || array['']::text[])
  );
end;
$$;

comment on function private.meant_by is
'What the words of a short text mean where it answers an offer, each once: places from 1 to 4, last,
both, all, none, of, no; ? for a word that means none of it.';
revoke all on function private.meant_by from public;
grant execute on function private.meant_by to service_role;
