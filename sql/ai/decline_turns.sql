create or replace function private.decline_turns(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_asked record;
begin
  if not exists (
    select 1
    from public.ai_settings
    where ai_settings.mode <> 'auto'
  ) then
    return;
  end if;

  for v_asked in
    select
      conversations.id,
      private.ai_setting(conversations.channel_type, conversations.language) ->> 'mode' as mode
    from public.conversations
    where conversations.ai_mode = 'auto' and conversations.id in (
      select messages.conversation_id
      from unnest(p_messages) as messages
      where messages.sender_type = 'customer' and messages.calls_for_answer
    )
    order by conversations.id
  loop
    if v_asked.mode = 'off' then
      perform private.hand_over_conversation(v_asked.id, 'ai_disabled');
    elsif v_asked.mode = 'shadow' then
      perform private.hand_over_quietly(v_asked.id, 'shadow');
    end if;
  end loop;
end;
$$;

comment on function private.decline_turns is
'Where the AI is switched off, people get the conversation at once, and the customer is told; where
it only follows along, people get it as if there were no AI.';
revoke all on function private.decline_turns from public;
grant execute on function private.decline_turns to service_role;
