create or replace function private.sent_before(p_delivery private.deliveries)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(earlier.external_message_id order by earlier.seq), '[]')
  from (
    select messages.external_message_id, messages.seq
    from public.messages
    where messages.conversation_id = p_delivery.conversation_id
      and messages.channel_id = p_delivery.channel_id
      and messages.external_message_id like '%@%'
      and messages.id <> p_delivery.message_id
    order by messages.seq desc
    limit 10
  ) as earlier;
$$;

comment on function private.sent_before is
'The Message-IDs of the last ten mails of a delivery''s conversation, oldest first.';
revoke all on function private.sent_before from public;
grant execute on function private.sent_before to service_role;
