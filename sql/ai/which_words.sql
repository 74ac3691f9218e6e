create or replace function private.which_words()
returns text[]
language sql
immutable
security invoker
set search_path = ''
as $$
  select string_to_array(array_to_string(private.place_words(), ' '), ' ')
    || private.beside_words()
    || string_to_array(
      'last former latter both neither none letzte letzten letztes beide keine último ultimo '
      'última ultima ambos ninguno ninguna dernier dernière derniere aucun aucune entrambi '
      'nessuno nessuna nenhum nenhuma laatste geen ostatni ostatnia żaden żadna zaden zadna '
      'последний последняя оба никакой son sonuncu hiçbiri hicbiri الأخير لا شيء 最后一个 a b c',
      ' '
    );
$$;

comment on function private.which_words is
'Words of twelve languages by which people say which one they mean: "number 1", "none of them".';
revoke all on function private.which_words from public;
grant execute on function private.which_words to service_role;
