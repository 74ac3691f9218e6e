create or replace function private.pick_proactive(
  p_session public.visitor_sessions,
  p_url text,
  p_seconds integer
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_rule public.proactive_rules;
  v_language text;
begin
  if private.is_in_conversation(p_session) then
    return null;
  end if;

  select proactive_rules.* into v_rule
  from public.proactive_rules
  where proactive_rules.is_enabled
    and coalesce(proactive_rules.channel_id, p_session.channel_id) = p_session.channel_id
    and p_url like private.address_pattern(coalesce(proactive_rules.url_pattern, '*'))
    and proactive_rules.min_seconds_on_page <= p_seconds
    and proactive_rules.min_visits <= p_session.visit_number
    and private.suits_language(proactive_rules.languages, p_session.language)
    and (
      not proactive_rules.only_in_office_hours
      or private.office_is_open(p_session.channel_id)
    )
    and private.may_show(proactive_rules, p_session.visitor_id)
  order by proactive_rules.position, proactive_rules.created_at
  limit 1;
  if not found then
    return null;
  end if;

  v_language := private.text_language(v_rule.texts, p_session.language);
  insert into public.proactive_shows (rule_id, visitor_id, channel_id, session_id, text)
  values (
    v_rule.id, p_session.visitor_id, p_session.channel_id, p_session.id,
    v_rule.texts ->> v_language
  );
  return jsonb_build_object(
    'rule_id', v_rule.id, 'text', v_rule.texts ->> v_language, 'language', v_language
  );
end;
$$;

comment on function private.pick_proactive is
'The one proactive message for a visitor who has been on a page so long, {rule_id, text,
language}, noted as shown; null when no rule fits, or they are in a conversation.';
revoke all on function private.pick_proactive from public;
grant execute on function private.pick_proactive to service_role;
