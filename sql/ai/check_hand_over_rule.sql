create or replace function private.check_hand_over_rule()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.refuse_unless(
    new.name ~ '\S', 'the rule has no name', 'say in a word or two what it is for, as Press'
  );
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

  perform private.check_priority(new.priority);
  perform private.check_reason(new.reason);
  perform private.check_conditions(new);
  if new.intent is not null and not private.is_intent(new.intent) then
    raise warning using
      message = format('nothing has the intent %s yet', left(new.intent, 100)),
      hint = 'the title of an article, greeting, thanks, or what a language model calls it';
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
'Trigger: a hand-over rule has a name and says when it holds, for a channel and a language that
there are; its keywords are made ready to be looked for. PT400. An intent that nothing has is warned
of: a language model may still name one so.';
revoke all on function private.check_hand_over_rule from public;

create trigger check_hand_over_rule before insert or update on public.hand_over_rules
for each row execute function private.check_hand_over_rule();

create trigger touch_hand_over_rules before update on public.hand_over_rules
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();
