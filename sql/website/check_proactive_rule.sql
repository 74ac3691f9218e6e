create or replace function private.check_proactive_rule()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if new.languages is not null then
    new.languages := array(
      select private.require_language(spoken.language)
      from unnest(new.languages) with ordinality as spoken (language, place)
      order by spoken.place
    );
  end if;
  new.texts := private.texts_by_language(new.texts);
  return new;
end;
$$;

comment on function private.check_proactive_rule is
'Trigger: refuses a rule with nothing to say, or in languages that there are not; keeps these in one
spelling. PT400.';
revoke all on function private.check_proactive_rule from public;

create trigger check_proactive_rule
before insert or update of texts, languages on public.proactive_rules
for each row execute function private.check_proactive_rule();

create trigger touch_proactive_rules before update on public.proactive_rules
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_proactive_rules after insert or update or delete on public.proactive_rules
for each row execute function private.audit_change();
