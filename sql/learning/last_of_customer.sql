create or replace function private.last_of_customer(p_conversation_id uuid)
returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select messages.seq
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.sender_type = 'customer'
      and messages.deleted_at is null
      and messages.content <> ''
    order by messages.seq desc
    limit 1
  );
end;
$$;

comment on function private.last_of_customer is
'The seq of the last message of the customer that has words; null without one.';
revoke all on function private.last_of_customer from public;
grant execute on function private.last_of_customer to service_role;
