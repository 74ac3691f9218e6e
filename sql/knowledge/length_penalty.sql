create or replace function private.length_penalty(p_language text, p_terms tsvector)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return 1 + length(p_terms) * case
    when private.writes_unspaced(p_language) then 0.0005
    else 0.003
  end;
end;
$$;

comment on function private.length_penalty is
'What the coverage of a piece is divided by: a long one holds more words by chance alone. Runs of
characters are several times as many as words.';
revoke all on function private.length_penalty from public;
grant execute on function private.length_penalty to authenticated, service_role;
