create or replace function private.last_answer(
  p_conversation_id uuid,
  p_before integer default null
)
returns public.messages
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select messages.* into v_message
  from public.messages
  where messages.conversation_id = p_conversation_id
    and messages.seq < coalesce(p_before, 2147483647)
    and messages.sender_type in ('ai', 'agent')
    and not messages.is_private
    and messages.deleted_at is null
  order by messages.seq desc
  limit 1;

  if v_message.sender_type = 'ai' and v_message.message_type <> 'choices' then
    return v_message;
  end if;
  return null;
end;
$$;

comment on function private.last_answer is
'The AI''s answer that was the last word of our side before a seq; null when a person had it, or the
AI asked back.';
revoke all on function private.last_answer from public;
grant execute on function private.last_answer to service_role;
