create or replace function private.say_first(
  p_conversation_id uuid,
  p_show public.proactive_shows
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into public.messages (conversation_id, sender_type, content, metadata)
  values (
    p_conversation_id, 'system', p_show.text,
    jsonb_build_object('event', 'proactive', 'rule_id', p_show.rule_id)
  );
end;
$$;

comment on function private.say_first is
'Writes into a conversation what a rule has shown to its visitor.';
revoke all on function private.say_first from public;
grant execute on function private.say_first to service_role;
