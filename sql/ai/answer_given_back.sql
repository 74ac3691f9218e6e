-- Security definer: agents may not open turns themselves, only by giving a conversation back.
-- Whoever asked has waited for people until now: the six seconds begin with the return.
create or replace function private.answer_given_back(p_conversation_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.open_turn_from(conversations.id, conversations.last_message_at)
  from public.conversations
  where conversations.id = p_conversation_id;
end;
$$;

comment on function private.answer_given_back is
'Opens the AI''s turn for what nobody has answered in a conversation whose last message is that it
was given back. PT403 for anybody but agents.';
revoke all on function private.answer_given_back from public;
grant execute on function private.answer_given_back to authenticated, service_role;
