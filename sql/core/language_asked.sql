create or replace function private.language_asked(p_header text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return coalesce(
    private.language_tag(substring(p_header from '^\s*([A-Za-z0-9-]+)')),
    private.language_tag(substring(p_header from '^\s*([A-Za-z]{2,3})'))
  );
end;
$$;

comment on function private.language_asked is
'The language that a browser asks for first, by its Accept-Language: pt-BR, or pt where more is said
than a region; null without one.';
revoke all on function private.language_asked from public;
grant execute on function private.language_asked to service_role;
