create or replace function private.letter_runs(p_word text)
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_word text := ' ' || p_word;
  v_runs text[];
begin
  if p_word is null then
    return null;
  end if;

  for v_place in 1..greatest(length(v_word) - 3, 1) loop
    v_runs[v_place] := substr(v_word, v_place, 4);
  end loop;
  return v_runs;
end;
$$;

comment on function private.letter_runs is
'The runs of four letters of a word, the first with the space before it; null for no word.';
revoke all on function private.letter_runs from public;
grant execute on function private.letter_runs to authenticated, service_role;
