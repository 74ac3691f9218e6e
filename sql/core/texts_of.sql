create or replace function private.texts_of(p_list jsonb)
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return array(
    select listed.item
    from jsonb_array_elements_text(
      case when jsonb_typeof(p_list) = 'array' then p_list else '[]' end
    ) with ordinality as listed (item, place)
    where listed.item is not null
    order by listed.place
  );
end;
$$;

comment on function private.texts_of is
'A JSON list as an array of texts, in its order; empty for anything that is no list.';
revoke all on function private.texts_of from public;
grant execute on function private.texts_of to service_role;
