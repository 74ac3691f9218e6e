create or replace function private.human_answer(p_conversation_id uuid, p_last_seq integer)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_first integer;
begin
  select min(messages.seq) into v_first
  from public.messages
  where messages.conversation_id = p_conversation_id
    and messages.seq > p_last_seq
    and messages.sender_type = 'agent'
    and not messages.is_private
    and messages.deleted_at is null;

  return (
    select string_agg(messages.content, E'\n' order by messages.seq)
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.seq >= v_first
      and messages.seq < coalesce((
        select min(later.seq)
        from public.messages as later
        where later.conversation_id = p_conversation_id
          and later.seq > v_first
          and later.sender_type = 'customer'
      ), 2147483647)
      and messages.sender_type = 'agent'
      and not messages.is_private
      and messages.deleted_at is null
  );
end;
$$;

comment on function private.human_answer is
'What people answered after a turn until the customer wrote again; null where nobody did.';
revoke all on function private.human_answer from public;
grant execute on function private.human_answer to authenticated, service_role;
