create or replace function private.outgoing(p_delivery private.deliveries)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'delivery_id', p_delivery.id,
      'attempt', p_delivery.attempts,
      'message_id', messages.id,
      'conversation_id', messages.conversation_id,
      'channel_type', p_delivery.channel_type,
      'account', channels.account,
      'content', coalesce(p_delivery.content, messages.content),
      'message_type', case when carried.whole then messages.message_type else 'text' end,
      'media', case when carried.whole then messages.metadata -> 'media' end,
      'choices', case when carried.whole then messages.metadata -> 'choices' end,
      'external_ids', p_delivery.part_ids,
      'reply_to', quoted.external_message_id,
      'via', private.connection_of(messages),
      'window_open', carried.window_open,
      'template', private.template_of(
        p_delivery, messages, conversations.language, carried.window_open
      ),
      'sender_type', messages.sender_type,
      'language', conversations.language,
      'mail', case
        when p_delivery.channel_type = 'email' then private.mail_of(p_delivery)
      end
    ) || private.addresses_of(p_delivery, conversations.customer_id)
    from public.messages
    join public.conversations on conversations.id = messages.conversation_id
    join public.channels on channels.id = p_delivery.channel_id
    cross join lateral (
      select
        p_delivery.content is null or p_delivery.identity_id is not null as whole,
        private.window_is_open(conversations, channels) as window_open
    ) as carried
    left join public.messages as quoted
      on quoted.id = messages.reply_to_id
      and quoted.conversation_id = messages.conversation_id
      and quoted.channel_id = p_delivery.channel_id
    where messages.id = p_delivery.message_id
  );
end;
$$;

comment on function private.outgoing is
'Everything a channel needs to send a delivery (romashka/channels/base.py, OutboundMessage).';
revoke all on function private.outgoing from public;
grant execute on function private.outgoing to service_role;
