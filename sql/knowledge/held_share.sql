-- Two measures: what the endings and beginnings of a language do to its words, and a slip of the
-- finger, cost all of the first and a part of the second.
create or replace function private.held_share(
  p_content text,
  p_terms tsvector,
  p_words private.sought_word[]
)
returns table (exact double precision, alike double precision)
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  -- Both in memory once, instead of being unpacked again for every word.
  v_terms tsvector := p_terms || ''::tsvector;
  v_text text := ' ' || translate(lower(p_content), E'\n\t("', '    ');
  v_word private.sought_word;
  v_run text;
  v_found integer;
  v_total double precision := 0;
begin
  exact := 0;
  alike := 0;
  foreach v_word in array p_words loop
    v_total := v_total + v_word.weight;
    if v_terms @@ v_word.query then
      exact := exact + v_word.weight;
    end if;
    if v_word.runs is not null then
      v_found := 0;
      foreach v_run in array v_word.runs loop
        v_found := v_found + (strpos(v_text, v_run) > 0)::integer;
      end loop;
      alike := alike + v_word.weight * v_found / cardinality(v_word.runs);
    end if;
  end loop;

  exact := exact / nullif(v_total, 0);
  alike := case when p_words[1].runs is null then exact else alike / nullif(v_total, 0) end;
  return next;
end;
$$;

comment on function private.held_share is
'The share of the weight of the sought words that a piece holds, 0 to 1: as terms, and by their
letters; where words do not stand apart both are one.';
revoke all on function private.held_share from public;
grant execute on function private.held_share to authenticated, service_role;
