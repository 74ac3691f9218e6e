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
  perform private.refuse_unless(
    new.mode in ('auto', 'shadow', 'off'),
    format('unknown mode %s', left(new.mode, 40)), 'auto, shadow or off'
  );
  perform private.refuse_unless(
    new.confidence_threshold between 0 and 1,
    format('a confidence_threshold of %s', new.confidence_threshold), 'from 0 to 1, as 0.7'
  );
  perform private.refuse_unless(
    new.max_wrong_rate > 0 and new.max_wrong_rate <= 1,
    format('a max_wrong_rate of %s', new.max_wrong_rate),
    'a share above 0, as 0.05; 1 for no such gate'
  );
  perform private.refuse_unless(
    new.answers_per_hour >= 0, format('%s answers_per_hour', new.answers_per_hour),
    'none or more; nothing at all for five'
  );
  perform private.refuse_unless(
    new.answers_per_hour is null or coalesce(new.channel_type, 'email') = 'email',
    format('answers_per_hour for %s', new.channel_type),
    'mails alone are counted: say it for email, or for any channel'
  );
  perform private.refuse_unless(
    length(told.told) <= told.most,
    format('%s of %s characters', told.name, length(told.told)),
    format('%s at most: facts belong into articles', told.most)
  )
  from (
    values
      ('instructions', new.instructions, 20000),
      ('tone', new.tone, 2000),
      ('guardrails', new.guardrails, 20000)
  ) as told (name, told, most);
  return new;
end;
$$;

comment on function private.check_ai_setting is
'Trigger: a setting of the AI is for a channel and a language that there are, and says what there is
to say. PT400.';
revoke all on function private.check_ai_setting from public;

create trigger check_ai_setting before insert or update on public.ai_settings
for each row execute function private.check_ai_setting();
