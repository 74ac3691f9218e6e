create or replace function private.was_confirmed_lately(
  p_customer_id uuid,
  p_channel_id uuid,
  p_wish text
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
      and not messages.is_private
      and messages.created_at > statement_timestamp() - interval '1 day'
      and (
        messages.sender_type = 'system' and messages.metadata ->> 'event' = p_wish
        or messages.sender_type = 'ai' and messages.intent_detected = p_wish
      )
  );
$$;

comment on function private.was_confirmed_lately is
'Whether the AI or the system told a customer within a day, in any of their conversations on a
channel, what became of their STOP (opt_out) or START (opt_in).';
revoke all on function private.was_confirmed_lately from public;
grant execute on function private.was_confirmed_lately to service_role;
