create or replace function private.template_values(p_body text, p_content text)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_names text[] := array(
    select found.name[1]
    from regexp_matches(p_body, '\{\{\s*(\w+)\s*\}\}', 'g') as found (name)
  );
  v_content text := btrim(p_content, E' \t\r\n');
  v_pattern text := regexp_replace(btrim(p_body), '([][\\.*^$+?{}|()])', '\\\1', 'g');
  v_values text[];
begin
  if v_names = '{}' then
    return case when v_content = btrim(p_body) then '{}' end;
  end if;

  v_pattern := regexp_replace(v_pattern, '\\\{\\\{\s*\w+\s*\\\}\\\}', '([^\n\t]+?)', 'g');
  v_values := regexp_match(v_content, '^' || v_pattern || '$');
  if v_values is null
    or (
      select count(distinct (said.name, said.value)) > count(distinct said.name)
      from unnest(v_names, v_values) as said (name, value)
    ) then
    return null;
  end if;

  return (
    select jsonb_object_agg(said.name, btrim(said.value))
    from unnest(v_names, v_values) as said (name, value)
  );
end;
$$;

comment on function private.template_values is
'The variables of a template''s body ({name: value}) with which it reads exactly like a text, or
null. A variable that stands twice has one value; none has a line break.';
revoke all on function private.template_values from public;
grant execute on function private.template_values to service_role;
