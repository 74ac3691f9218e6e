create or replace function private.signal_to_show(p_signal private.signals)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'kind', p_signal.kind,
      'conversation_id', conversations.id,
      'channel_type', channels.type,
      'account', channels.account,
      'identities', private.identities_on(conversations.customer_id, channels.id),
      'external_id', (
        select messages.external_message_id
        from public.messages
        where messages.conversation_id = conversations.id
          and messages.sender_type = 'customer'
          and messages.external_message_id is not null
        order by messages.seq desc
        limit 1
      )
    )
    from public.conversations
    join public.channels on channels.id = conversations.channel_id
    where conversations.id = p_signal.conversation_id
  );
end;
$$;

comment on function private.signal_to_show is
'Everything a channel needs to show a signal; external_id is the customer''s newest message.';
revoke all on function private.signal_to_show from public;
grant execute on function private.signal_to_show to service_role;
