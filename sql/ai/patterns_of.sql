create or replace function private.patterns_of(p_keywords text[])
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_unspaced text := '[\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]';
begin
  return array(
    select
      case
        when folded.words ~ v_unspaced
          then btrim(folded.words)
        else folded.words
      end
    from unnest(p_keywords) as keywords (words)
    cross join lateral private.folded(keywords.words) as folded (words)
    where btrim(folded.words) <> ''
  );
end;
$$;

comment on function private.patterns_of is
'Keywords as they are looked for: whole words, but anywhere in scripts without blanks between
words.';
revoke all on function private.patterns_of from public;
grant execute on function private.patterns_of to authenticated, service_role;
