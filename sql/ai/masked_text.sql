create or replace function private.masked_text(p_text text, p_names text[])
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_text text := p_text;
  v_name text;
begin
  v_text := regexp_replace(v_text, '[^\s<>()@,;]+@[^\s<>()@,;]+\.[[:alnum:]-]+', '[e-mail]', 'g');
  for v_name in
    select distinct names.name
    from unnest(p_names) as given (whole)
    cross join lateral regexp_split_to_table(given.whole, '[\s,.@_-]+') as names (name)
    where length(names.name) >= 2
    order by names.name
  loop
    v_text := regexp_replace(
      v_text, '(?<!\w)' || regexp_replace(v_name, '([^[:alnum:]])', '\\\1', 'g') || '(?!\w)',
      '[name]', 'gi'
    );
  end loop;
  return regexp_replace(
    v_text,
    '[[:alnum:]+#-]*[0-9٠-٩۰-۹](?:[ .,()/-]{0,2}[0-9٠-٩۰-۹]){3,}[[:alnum:]]*', '[number]', 'g'
  );
end;
$$;

comment on function private.masked_text is
'A text without e-mail addresses, these names, and whatever holds four digits or more: telephone,
order, card and account numbers. What else tells who somebody is, only a person sees.';
revoke all on function private.masked_text from public;
grant execute on function private.masked_text to service_role;
