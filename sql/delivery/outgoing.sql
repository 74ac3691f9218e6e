create or replace function private.outgoing(p_delivery private.deliveries)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'delivery_id', p_delivery.id,
    'attempt', p_delivery.attempts,
    'message_id', messages.id,
    'conversation_id', messages.conversation_id,
    'channel_type', p_delivery.channel_type,
    'account', channels.account,
    'identities', (
      select coalesce(
        jsonb_object_agg(
          customer_identities.kind, customer_identities.value
          order by customer_identities.created_at
        ),
        '{}'
      )
      from public.customer_identities
      where customer_identities.customer_id = conversations.customer_id
        and customer_identities.channel_id = p_delivery.channel_id
    ) || jsonb_strip_nulls(jsonb_build_object('email', case
      when p_delivery.content is not null
        then private.consented_email(conversations.customer_id)
    end)),
    'content', coalesce(p_delivery.content, messages.content),
    'message_type', case
      when p_delivery.content is null then messages.message_type else 'text'
    end,
    'media', case when p_delivery.content is null then messages.metadata -> 'media' end,
    'choices', case when p_delivery.content is null then messages.metadata -> 'choices' end,
    'external_ids', p_delivery.part_ids,
    'reply_to', quoted.external_message_id,
    'window_open', coalesce(conversations.window_expires_at > clock_timestamp(), true),
    'sender_type', messages.sender_type
  )
  from public.messages
  join public.conversations on conversations.id = messages.conversation_id
  join public.channels on channels.id = p_delivery.channel_id
  left join public.messages as quoted
    on quoted.id = messages.reply_to_id
    and quoted.conversation_id = messages.conversation_id
  where messages.id = p_delivery.message_id;
$$;

comment on function private.outgoing is
'Everything a channel needs to send a delivery; of several identities of a kind the newest.
Words of its own go to the address that the customer gave for them.';
revoke all on function private.outgoing from public;
grant execute on function private.outgoing to service_role;
