create or replace function private.json_of(p_bytes bytea)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_text text;
begin
  v_text := convert_from(p_bytes, 'UTF8');
  return case when pg_input_is_valid(v_text, 'jsonb') then v_text::jsonb end;
exception
  when character_not_in_repertoire then
    return null;
end;
$$;

comment on function private.json_of is
'The json in these bytes; null where they are neither UTF-8 nor json.';
revoke all on function private.json_of from public;
grant execute on function private.json_of to service_role;
