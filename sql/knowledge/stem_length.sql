create or replace function private.stem_length(p_term text)
returns integer
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when length(p_term) < 5 or p_term ~ '[0-9]' then length(p_term)
    else greatest(4, ceil(0.7 * length(p_term))::integer)
  end;
end;
$$;

comment on function private.stem_length is
'How many first letters two forms of a word share, as a rule, in a language that bends its words;
short words and numbers whole.';
revoke all on function private.stem_length from public;
grant execute on function private.stem_length to authenticated, service_role;
