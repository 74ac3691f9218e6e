create or replace function private.withdraw_mails(p_customer_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  with withdrawn as (
    delete from private.deliveries
    using public.conversations
    where conversations.customer_id = p_customer_id
      and deliveries.conversation_id = conversations.id
      and deliveries.address is distinct from private.consented_email(p_customer_id)
      and deliveries.address is not null
      and deliveries.state = 'queued'
      and deliveries.attempts = 0
    returning deliveries.conversation_id
  )

  insert into private.unread_chats (conversation_id, due_at)
  select distinct withdrawn.conversation_id, clock_timestamp() + interval '1 minute'
  from withdrawn
  on conflict (conversation_id) do nothing;
end;
$$;

comment on function private.withdraw_mails is
'Takes back the mails that wait for an address its visitor has left for another or taken back; what
was in them is unread again.';
revoke all on function private.withdraw_mails from public;
grant execute on function private.withdraw_mails to service_role;
