create or replace function private.folded(p_text text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return ' ' || btrim(regexp_replace(
    regexp_replace(
      normalize(lower(left(p_text, 4000)), nfkd), '[\u0300-\u036f\u064b-\u0652]', '', 'g'
    ),
    '[^[:alnum:]]+', ' ', 'g'
  )) || ' ';
end;
$$;

comment on function private.folded is
'Words without case, accents and punctuation, a blank before, between and after them; what is past
4,000 characters is left out, so that the cost is bounded.';
revoke all on function private.folded from public;
grant execute on function private.folded to authenticated, service_role;
