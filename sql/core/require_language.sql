create or replace function private.require_language(p_language text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_tag text := private.language_tag(p_language);
begin
  if p_language is not null and v_tag is null then
    raise exception using
      errcode = 'PT400',
      message = format('%s is no code of a language', left(p_language, 40)),
      hint = 'the code of ISO 639, of two letters where there is one, with a script or a region'
        || ' where need be: de, pt-BR, zh-Hant';
  end if;
  return v_tag;
end;
$$;

comment on function private.require_language is
'A language''s tag in the spelling that is kept; refuses what is none with PT400. Null, which is
any, stays.';
revoke all on function private.require_language from public;
grant execute on function private.require_language to authenticated, service_role;
