-- Security definer: what the system says nobody else may write.
create or replace function private.answer_proactive(
  p_rule_id uuid,
  p_reply text,
  p_client_id uuid,
  p_identifier text
)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_show public.proactive_shows;
  v_conversation_id uuid;
begin
  perform private.require_content(p_reply);
  select proactive_shows.* into v_show
  from public.proactive_shows
  where proactive_shows.rule_id = p_rule_id
    and proactive_shows.visitor_id = (select auth.uid())
  order by proactive_shows.shown_at desc
  limit 1
  for no key update;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('rule %s has shown this visitor nothing', p_rule_id);
  end if;

  v_conversation_id := private.start_conversation(
    coalesce(nullif(btrim(p_identifier), ''), 'visitor'), 'website', v_show.channel_id
  );
  perform private.lock_conversation(v_conversation_id);
  if v_show.answered_at is null then
    perform private.say_first(v_conversation_id, v_show);
    update public.proactive_shows
    set answered_at = clock_timestamp(), conversation_id = v_conversation_id
    where proactive_shows.id = v_show.id;
  end if;
  perform private.add_customer_message(v_conversation_id, p_reply, p_client_id);
  return v_conversation_id;
end;
$$;

comment on function private.answer_proactive is
'Begins a conversation with what was shown and the visitor''s answer; see accept_proactive().';
revoke all on function private.answer_proactive from public;
grant execute on function private.answer_proactive to authenticated, service_role;
