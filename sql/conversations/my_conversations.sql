-- Security definer: conversations carry tags, intents and notes that are not for the customer.
create or replace function private.my_conversations()
returns setof uuid
language sql
stable
security definer
set search_path = ''
as $$
  select conversations.id
  from public.conversations
  where conversations.customer_id in (select private.my_customers());
$$;

comment on function private.my_conversations is 'The conversations of the calling visitor.';
revoke all on function private.my_conversations from public;
grant execute on function private.my_conversations to authenticated, service_role;
