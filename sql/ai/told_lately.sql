create or replace function private.told_lately(p_customer_id uuid, p_channel_id uuid)
returns table (what text, told_at timestamptz)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    case
      when messages.sender_type = 'ai' then messages.intent_detected
      when messages.metadata ->> 'event' = 'handed_over' then messages.metadata ->> 'reason'
      else messages.metadata ->> 'event'
    end,
    messages.created_at
  from public.conversations
  join public.messages on messages.conversation_id = conversations.id
  where conversations.customer_id = p_customer_id
    and conversations.channel_id = p_channel_id
    and messages.sender_type in ('ai', 'system')
    and not messages.is_private
    and messages.created_at > statement_timestamp() - interval '1 day';
$$;

comment on function private.told_lately is
'What the AI or the system told a customer within a day, in all of their conversations on a channel:
the AI''s intent (opt_out, opt_in, …), the reason of a hand-over, or what else happened.';
revoke all on function private.told_lately from public;
grant execute on function private.told_lately to service_role;
