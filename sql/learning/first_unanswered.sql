create or replace function private.first_unanswered(p_conversation_id uuid, p_last_seq integer)
returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select min(messages.seq)
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.sender_type = 'customer'
      and messages.seq between p_last_seq - 20 and p_last_seq
      and messages.seq > coalesce((
        select max(answers.seq)
        from public.messages as answers
        where answers.conversation_id = p_conversation_id
          and answers.seq < p_last_seq
          and answers.sender_type in ('ai', 'agent')
          and not answers.is_private
      ), 0)
  );
end;
$$;

comment on function private.first_unanswered is
'The seq at which what the customer wrote last begins: after the last answer.';
revoke all on function private.first_unanswered from public;
grant execute on function private.first_unanswered to service_role;
