-- Security definer: agents may not open turns themselves, only by giving a conversation back.
-- Whoever asked has waited for people until now: the six seconds begin with the return.
create or replace function private.answer_given_back(p_conversation_id uuid)
returns boolean
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.open_reply_jobs(private.unanswered_messages(p_conversation_id));
  update private.reply_jobs
  set
    not_before = conversations.last_message_at + private.debounce(),
    deadline = conversations.last_message_at + interval '6 seconds'
  from public.conversations
  where conversations.id = p_conversation_id
    and reply_jobs.conversation_id = conversations.id
    and reply_jobs.state = 'waiting';

  if not found then
    return false;
  end if;
  perform private.broadcast(
    array['worker'], array['reply_jobs'],
    array[jsonb_build_object('delay_ms', private.milliseconds(private.debounce()))]
  );
  return true;
end;
$$;

comment on function private.answer_given_back is
'Opens the AI''s turn for what nobody has answered in a conversation whose last message is that it
was given back; false where there is nothing to answer. PT403 for anybody but agents.';
revoke all on function private.answer_given_back from public;
grant execute on function private.answer_given_back to authenticated, service_role;
