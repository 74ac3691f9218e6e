create or replace function private.check_rule()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.check_channel_type(new.channel_type);
  new.language := private.require_language(new.language);
  perform private.check_priority(new.priority);
  if num_nonnulls(new.assign_agent_id, new.priority) = 0 and cardinality(new.tags) = 0 then
    raise exception using
      errcode = 'PT400',
      message = format('rule %s does nothing', new.name),
      hint = 'give it an agent, a priority or tags';
  end if;
  return new;
end;
$$;

comment on function private.check_rule is
'Trigger: a routing rule must do something, for a channel and a language that there are. PT400.';
revoke all on function private.check_rule from public;

create trigger check_rule before insert or update on public.routing_rules
for each row execute function private.check_rule();

create trigger touch_routing_rules before update on public.routing_rules
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_routing_rules after insert or update or delete on public.routing_rules
for each row execute function private.audit_change();
