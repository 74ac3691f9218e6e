create or replace function private.delivery_like(p_channel_id uuid, p_echo jsonb)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_customer_id uuid := private.find_customer(p_channel_id, p_echo -> 'identities');
begin
  return (
    select deliveries.id
    from public.conversations
    join private.deliveries
      on deliveries.conversation_id = conversations.id
      and deliveries.channel_id = p_channel_id
    join public.messages on messages.id = deliveries.message_id
    where conversations.customer_id = v_customer_id
      and deliveries.state in ('sending', 'unknown')
      and deliveries.attempted_at > clock_timestamp() - interval '5 minutes'
      and (
        private.same_words(messages.content, p_echo ->> 'content')
        or (
          p_echo ->> 'content' = ''
          and coalesce(p_echo -> 'media', '[]') <> '[]'
          and messages.metadata ? 'media'
        )
      )
    order by deliveries.position
    limit 1
  );
end;
$$;

comment on function private.delivery_like is
'The send to this customer of the last five minutes whose answer is still out and which says what an
echo says, or null; a long text goes out in several parts, each of which is echoed. What is older is
a person repeating themselves.';
revoke all on function private.delivery_like from public;
grant execute on function private.delivery_like to service_role;
