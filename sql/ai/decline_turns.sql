-- Which language a stranger writes only a worker can hear. Where the mode hangs on it, or they are
-- to be told in it that people answer, the turn opens, and record_ai_reply declines it.
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
      conversations.language is not null as is_heard,
      private.modes_of(conversations.channel_type, conversations.language) as modes
    from public.conversations
    where conversations.ai_mode = 'auto' and conversations.id in (
      select messages.conversation_id
      from unnest(p_messages) as messages
      where messages.sender_type = 'customer' and messages.calls_for_answer
    )
    order by conversations.id
  loop
    if v_asked.modes = '{off}' and v_asked.is_heard then
      perform private.hand_over_conversation(v_asked.id, 'ai_disabled');
    elsif v_asked.modes = '{shadow}' then
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
