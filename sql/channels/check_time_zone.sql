create or replace function private.check_time_zone()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1
    from pg_catalog.pg_timezone_names
    where pg_timezone_names.name = new.time_zone
  ) then
    raise exception using
      errcode = 'PT400',
      message = format('unknown time zone %s', left(new.time_zone, 100)),
      hint = 'a name as Europe/Berlin, so that summer time is known';
  end if;
  return new;
end;
$$;

comment on function private.check_time_zone is
'Trigger: refuses a time zone that the database does not know. PT400.';
revoke all on function private.check_time_zone from public;

create trigger check_time_zone before insert or update on public.office_settings
for each row execute function private.check_time_zone();

create trigger audit_office_hours after insert or update or delete on public.office_hours
for each row execute function private.audit_change();

create trigger audit_office_closures after insert or update or delete on public.office_closures
for each row execute function private.audit_change();
