create or replace function private.fall_back(p_delivery private.deliveries)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_identity public.customer_identities;
begin
  if private.failure_class(p_delivery.channel_type, p_delivery.error_code) = 'content'
    or p_delivery.part_ids <> '{}' then
    return false;
  end if;

  v_identity := private.next_identity(p_delivery);
  insert into private.deliveries (
    position, message_id, conversation_id, channel_id, channel_type, identity_id, content
  )
  overriding system value
  select
    p_delivery.position, messages.id, messages.conversation_id, channels.id, channels.type,
    v_identity.id,
    private.fallback_text(conversations.language, messages.channel_type, messages.content)
  from public.messages
  join public.conversations on conversations.id = messages.conversation_id
  join public.channels on channels.id = v_identity.channel_id
  where messages.id = p_delivery.message_id and messages.sender_type in ('ai', 'agent')
  on conflict (message_id, channel_id) do nothing;
  if not found then
    return false;
  end if;

  perform private.broadcast(array['worker'], array['deliveries'], array['{}'::jsonb]);
  return true;
end;
$$;

comment on function private.fall_back is
'Queues an answer that failed on the next channel the customer agreed to, in its old place; false
where there is none, where other words are needed, or where a part of it is out (R73).';
revoke all on function private.fall_back from public;
grant execute on function private.fall_back to service_role;
