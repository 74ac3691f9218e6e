create or replace function private.answers_lately(p_customer_id uuid, p_channel_id uuid)
returns integer
language sql
stable
security invoker
set search_path = ''
as $$
  select count(*)::integer
  from public.conversations
  join public.messages on messages.conversation_id = conversations.id
  where conversations.customer_id = p_customer_id
    and conversations.channel_id = p_channel_id
    and messages.sender_type in ('ai', 'system')
    and not messages.is_private
    and messages.created_at > statement_timestamp() - interval '1 hour';
$$;

comment on function private.answers_lately is
'How many automatic answers a customer got on a channel within the last hour.';
revoke all on function private.answers_lately from public;
grant execute on function private.answers_lately to service_role;
