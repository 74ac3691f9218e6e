-- On the website the row itself is the delivery; what a person wrote on the platform is sent.
create or replace function private.enqueue_deliveries(p_messages public.messages[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_queued integer;
begin
  with outgoing as (
    insert into private.deliveries (
      message_id, conversation_id, channel_id, channel_type, state, external_id, sent_at
    )
    select
      messages.id, messages.conversation_id, messages.channel_id, messages.channel_type,
      messages.delivery_status, messages.external_message_id,
      case when messages.delivery_status = 'sent' then messages.created_at end
    from unnest(p_messages) as messages
    where messages.sender_type <> 'customer' and not messages.is_private
    order by messages.conversation_id, messages.seq
    returning deliveries.state
  )

  select count(*) filter (where outgoing.state = 'queued') into v_queued
  from outgoing;
  return v_queued;
end;
$$;

comment on function private.enqueue_deliveries is
'Puts what AI, agents and the system say into the outbox; returns how many the worker must send.';
revoke all on function private.enqueue_deliveries from public;
grant execute on function private.enqueue_deliveries to service_role;
