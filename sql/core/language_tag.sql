create or replace function private.language_tag(p_language text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_parts text[] := regexp_match(
    p_language, '^([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|[0-9]{3}))?$', 'i'
  );
begin
  if private.is_language_code(lower(v_parts[1])) then
    return concat(lower(v_parts[1]), initcap(v_parts[2]), upper(v_parts[3]));
  end if;
  return null;
end;
$$;

comment on function private.language_tag is
'The tag of a language in one spelling, BCP 47''s: de, pt-BR, zh-Hant; null for what is none.';
revoke all on function private.language_tag from public;
grant execute on function private.language_tag to authenticated, service_role;
