create or replace function private.query_for(p_term text, p_letters integer)
returns tsquery
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_word text := '''' || replace(
    replace(left(p_term, p_letters), '\', '\\'), '''', ''''''
  ) || '''';
begin
  return (case when p_letters < length(p_term) then v_word || ':*' else v_word end)::tsquery;
end;
$$;

comment on function private.query_for is
'Looks for a term; for all that begin with so many of its letters, where it has more.';
revoke all on function private.query_for from public;
grant execute on function private.query_for to authenticated, service_role;
