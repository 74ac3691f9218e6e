create or replace function private.was_told_lately(
  p_customer_id uuid,
  p_channel_id uuid,
  p_reason text
)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select exists (
    select
    from public.conversations
    join public.messages on messages.conversation_id = conversations.id
    where conversations.customer_id = p_customer_id
      and conversations.channel_id = p_channel_id
      and messages.sender_type = 'system'
      and not messages.is_private
      and messages.created_at > statement_timestamp() - interval '1 day'
      and messages.metadata ->> 'event' = 'handed_over'
      and messages.metadata ->> 'reason' = p_reason
  );
$$;

comment on function private.was_told_lately is
'Whether a customer was told within a day, in any of their conversations on a channel, that people
answer them for this reason.';
revoke all on function private.was_told_lately from public;
grant execute on function private.was_told_lately to service_role;
