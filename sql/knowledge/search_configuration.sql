create or replace function private.search_configuration(p_language text)
returns regconfig
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case split_part(lower(p_language), '-', 1)
    when 'ar' then 'pg_catalog.arabic'
    when 'da' then 'pg_catalog.danish'
    when 'de' then 'pg_catalog.german'
    when 'el' then 'pg_catalog.greek'
    when 'en' then 'pg_catalog.english'
    when 'es' then 'pg_catalog.spanish'
    when 'fi' then 'pg_catalog.finnish'
    when 'fr' then 'pg_catalog.french'
    when 'hi' then 'pg_catalog.hindi'
    when 'hu' then 'pg_catalog.hungarian'
    when 'it' then 'pg_catalog.italian'
    when 'nl' then 'pg_catalog.dutch'
    when 'nb' then 'pg_catalog.norwegian'
    when 'no' then 'pg_catalog.norwegian'
    when 'pt' then 'pg_catalog.portuguese'
    when 'ro' then 'pg_catalog.romanian'
    when 'ru' then 'pg_catalog.russian'
    when 'sv' then 'pg_catalog.swedish'
    when 'tr' then 'pg_catalog.turkish'
    else 'pg_catalog.simple'::regconfig
  end;
end;
$$;

comment on function private.search_configuration is
'The text search configuration of a language; simple where Postgres ships none.';
revoke all on function private.search_configuration from public;
grant execute on function private.search_configuration to authenticated, service_role;
