-- A wish of another day had its chance: who takes a conversation from a colleague repeats nothing.
create or replace function private.confirm_open_wish(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select messages.* into v_message
  from public.messages
  where messages.conversation_id = p_conversation_id and messages.sender_type = 'customer'
  order by messages.seq desc
  limit 1;

  if v_message.calls_for_answer
    and v_message.deleted_at is null
    and v_message.created_at > statement_timestamp() - interval '1 day'
    and not exists (
      select
      from public.messages
      where messages.conversation_id = p_conversation_id
        and messages.seq > v_message.seq
        and messages.sender_type in ('ai', 'agent')
        and not messages.is_private
    )
  then
    perform private.confirm_wish(v_message, conversations)
    from public.conversations
    where conversations.id = p_conversation_id;
  end if;
end;
$$;

comment on function private.confirm_open_wish is
'Confirms a STOP or START that the AI was to answer before its conversation went to
people, within a day.';
revoke all on function private.confirm_open_wish from public;
grant execute on function private.confirm_open_wish to service_role;
