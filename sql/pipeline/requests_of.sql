create or replace function private.requests_of(p_conversation_ids uuid[])
returns bigint[]
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(array_agg(distinct messages.inbound_id), '{}')
  from public.messages
  where messages.conversation_id = any (p_conversation_ids) and messages.inbound_id is not null;
$$;

comment on function private.requests_of is
'The kept requests that brought the messages of these conversations.';
revoke all on function private.requests_of from public;
grant execute on function private.requests_of to service_role;
