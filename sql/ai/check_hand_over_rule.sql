create or replace function private.check_hand_over_rule()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.check_channel_type(new.channel_type);
  new.language := private.require_language(new.language);
  if num_nonnulls(
    new.signal, new.after_ai_turns, new.after_clarifications, new.keywords, new.sentiment,
    new.intent, nullif(new.customer_has, '{}'), new.has_tag, new.channel_type, new.language
  ) = 0 then
    raise exception using
      errcode = 'PT400',
      message = format('rule %s would hand everything over', new.name),
      hint = 'say when it holds, or switch the AI off in ai_settings';
  end if;

  if lower(new.sentiment) not in ('positive', 'neutral', 'negative') then
    raise exception using
      errcode = 'PT400',
      message = format('%s is no sentiment', left(new.sentiment, 40)),
      hint = 'positive, neutral or negative';
  end if;

  new.patterns := private.patterns_of(new.keywords);
  if new.keywords is not null and cardinality(new.patterns) = 0 then
    raise exception using
      errcode = 'PT400',
      message = format('the keywords of rule %s have no letters', new.name),
      hint = 'write words or phrases';
  end if;
  return new;
end;
$$;

comment on function private.check_hand_over_rule is
'Trigger: a hand-over rule says when it holds, for a channel and a language that there are; its
keywords are made ready to be looked for. PT400.';
revoke all on function private.check_hand_over_rule from public;

create trigger check_hand_over_rule before insert or update on public.hand_over_rules
for each row execute function private.check_hand_over_rule();

create trigger touch_hand_over_rules before update on public.hand_over_rules
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();
