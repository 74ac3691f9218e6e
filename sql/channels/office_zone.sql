create or replace function private.office_zone()
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(
    (
      select office_settings.time_zone
      from public.office_settings
    ),
    'UTC'
  );
$$;

comment on function private.office_zone is
'The time zone in which the office hours are meant; UTC until it is set.';
revoke all on function private.office_zone from public;
grant execute on function private.office_zone to service_role;
