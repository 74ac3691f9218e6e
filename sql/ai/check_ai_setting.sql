create or replace function private.check_ai_setting()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.check_channel_type(new.channel_type);
  new.language := private.require_language(new.language);
  return new;
end;
$$;

comment on function private.check_ai_setting is
'Trigger: a setting of the AI is for a channel and a language that there are. PT400.';
revoke all on function private.check_ai_setting from public;

create trigger check_ai_setting before insert or update on public.ai_settings
for each row execute function private.check_ai_setting();
