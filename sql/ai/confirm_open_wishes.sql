create or replace function private.confirm_open_wishes(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.confirm_open_wish(messages.conversation_id)
  from unnest(p_messages) as messages
  where messages.sender_type = 'system'
    and (
      messages.metadata ->> 'event' = 'taken_over'
      or messages.metadata ->> 'event' = 'handed_over' and not messages.is_private
    );
end;
$$;

comment on function private.confirm_open_wishes is
'Confirms a STOP or START that the AI has not answered where messages say that people have the
conversation now.';
revoke all on function private.confirm_open_wishes from public;
grant execute on function private.confirm_open_wishes to service_role;
