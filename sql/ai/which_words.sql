create or replace function private.which_words()
returns text[]
language sql
immutable
security invoker
set search_path = ''
as $$
  select string_to_array(array_to_string(private.place_words(), ' '), ' ')
    || private.beside_words()
    || (
      select string_to_array(string_agg(group_words.words, ' '), ' ')
      from private.group_words()
    )
    || array['former', 'latter', 'a', 'b', 'c'];
$$;

comment on function private.which_words is
'Words of twelve languages by which people say which one they mean: "number 1", "none of them".';
revoke all on function private.which_words from public;
grant execute on function private.which_words to service_role;
