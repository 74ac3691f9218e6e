create or replace function private.check_website_settings()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_origin text;
begin
  foreach v_origin in array new.allowed_origins loop
    if v_origin !~ '^https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$' then
      raise exception using
        errcode = 'PT400',
        message = format('%s is no origin', left(v_origin, 100)),
        hint = 'as https://shop.example.com, https://*.example.com or http://localhost:3000';
    end if;
  end loop;

  if array_to_string(new.allowed_mime_types, ' ') !~ '^([a-z]+/([a-z0-9.+-]+|\*) ?)*$' then
    raise exception using
      errcode = 'PT400',
      message = 'a kind of file has the form image/png or image/*';
  end if;
  new.greeting := private.texts_by_language(new.greeting);
  return new;
end;
$$;

comment on function private.check_website_settings is
'Trigger: refuses origins and kinds of files that could never match, and greetings in languages that
there are not. PT400.';
revoke all on function private.check_website_settings from public;

create trigger check_website_settings
before insert or update of allowed_origins, allowed_mime_types, greeting on public.website_settings
for each row execute function private.check_website_settings();

create trigger touch_website_settings before update on public.website_settings
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_website_settings after insert or update or delete on public.website_settings
for each row execute function private.audit_change();
