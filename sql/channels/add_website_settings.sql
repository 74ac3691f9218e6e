-- Security definer: whoever opens a channel need not be allowed to write its settings.
create or replace function private.add_website_settings()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into public.website_settings (channel_id)
  values (new.id)
  on conflict (channel_id) do nothing;
  return null;
end;
$$;

comment on function private.add_website_settings is
'Trigger: gives every widget its settings.';
revoke all on function private.add_website_settings from public;

create trigger add_website_settings after insert on public.channels
for each row when (new.type = 'website')
execute function private.add_website_settings();
