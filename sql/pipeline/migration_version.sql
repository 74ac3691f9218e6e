create or replace function private.migration_version()
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_version text;
begin
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    execute 'select max(version) from supabase_migrations.schema_migrations' into v_version;
  end if;
  return v_version;
end;
$$;

comment on function private.migration_version is
'The newest migration applied, or null where none is recorded.';
revoke all on function private.migration_version from public;
grant execute on function private.migration_version to service_role;
