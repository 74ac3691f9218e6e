create or replace function private.decline_turns(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1
    from public.ai_settings
    where not ai_settings.is_enabled
  ) then
    return;
  end if;

  perform private.hand_over_conversation(asked.id, 'ai_disabled')
  from (
    select distinct conversations.id, conversations.channel_type, conversations.language
    from unnest(p_messages) as messages
    join public.conversations on conversations.id = messages.conversation_id
    where messages.sender_type = 'customer' and messages.calls_for_answer
    order by conversations.id
  ) as asked
  where private.ai_setting(asked.channel_type, asked.language) -> 'is_enabled' = 'false';
end;
$$;

comment on function private.decline_turns is
'Where the AI is switched off, people get the conversation at once, and the customer is told.';
revoke all on function private.decline_turns from public;
grant execute on function private.decline_turns to service_role;
