create or replace function private.route_conversations(p_messages public.messages[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
  v_rule public.routing_rules;
  v_count integer := 0;
begin
  if not exists (
    select 1
    from public.routing_rules
    where routing_rules.is_enabled
  ) then
    return 0;
  end if;

  foreach v_message in array private.first_words(p_messages) loop
    v_rule := private.rule_for(v_message);
    if v_rule.id is not null then
      perform private.apply_rule(v_message.conversation_id, v_rule);
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end;
$$;

comment on function private.route_conversations is
'Sends conversations to the right agent by the first words in them (R39); returns how many.';
revoke all on function private.route_conversations from public;
grant execute on function private.route_conversations to service_role;
