create or replace function private.letter_runs(p_word text)
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_word text := ' ' || p_word;
begin
  if p_word is null then
    return null;
  end if;

  return array(
    select substr(v_word, starts.place, 4)
    from generate_series(1, greatest(length(v_word) - 3, 1)) as starts (place)
  );
end;
$$;

comment on function private.letter_runs is
'The runs of four letters of a word, the first with the space before it; null for no word.';
revoke all on function private.letter_runs from public;
grant execute on function private.letter_runs to authenticated, service_role;
