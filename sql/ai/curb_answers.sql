-- Two machines that answer each other would never end; what looks like a person may be one, and is
-- told that people answer. Once a day for each sender, not for each conversation: a machine that
-- begins a new one with every mail would answer that for ever.
create or replace function private.curb_answers(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_asked public.conversations;
begin
  for v_asked in
    select conversations.*
    from public.conversations
    where conversations.ai_mode = 'auto'
      and conversations.channel_type = 'email'
      and conversations.id in (
        select messages.conversation_id
        from unnest(p_messages) as messages
        where messages.sender_type = 'customer' and messages.calls_for_answer
      )
    order by conversations.id
  loop
    if private.has_enough_answers(v_asked) then
      if 'too_many_answers' in (
        select told.what from private.told_lately(v_asked.customer_id, v_asked.channel_id) as told
      ) then
        perform private.hand_over_quietly(v_asked.id, 'too_many_answers');
      else
        perform private.hand_over_conversation(v_asked.id, 'too_many_answers');
      end if;
    end if;
  end loop;
end;
$$;

comment on function private.curb_answers is
'Gives mail conversations to people whose sender has had enough automatic answers within an hour,
and says so to the sender once a day.';
revoke all on function private.curb_answers from public;
grant execute on function private.curb_answers to service_role;
