create or replace function private.first_words(p_messages public.messages[])
returns public.messages[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return array(
    select messages
    from unnest(p_messages) as messages
    join public.conversations on conversations.id = messages.conversation_id
    where messages.sender_type = 'customer'
      and conversations.assigned_agent_id is null
      and not exists (
        select 1
        from public.messages as earlier
        where earlier.conversation_id = messages.conversation_id
          and earlier.seq > conversations.context_seq
          and earlier.seq < messages.seq
          and earlier.sender_type = 'customer'
      )
    order by messages.conversation_id, messages.seq
  );
end;
$$;

comment on function private.first_words is
'The messages that begin a conversation nobody has, or begin it anew after its end or a hand-over.';
revoke all on function private.first_words from public;
grant execute on function private.first_words to service_role;
