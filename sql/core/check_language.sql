create or replace function private.check_language(p_language text)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if p_language !~* '^[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?$' then
    raise exception using
      errcode = 'PT400',
      message = format('%s is no code of a language', p_language),
      hint = 'two or three letters, with a script or a region where need be: de, pt-BR, zh-Hant';
  end if;
end;
$$;

comment on function private.check_language is
'Refuses what does not look like the code of a language with PT400; null, which is any, passes.';
revoke all on function private.check_language from public;
grant execute on function private.check_language to authenticated, service_role;
