create or replace function private.await_visitors(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into private.unread_chats (conversation_id, due_at)
  select distinct conversations.id, clock_timestamp() + interval '1 minute'
  from unnest(p_messages) as messages
  join public.conversations on conversations.id = messages.conversation_id
  join private.email_consents on email_consents.customer_id = conversations.customer_id
  where messages.channel_type = 'website'
    and messages.sender_type in ('ai', 'agent')
    and not messages.is_private
    and email_consents.revoked_at is null
  on conflict (conversation_id) do nothing;
end;
$$;

comment on function private.await_visitors is
'Notes answers on the website that may have to follow their visitor by e-mail.';
revoke all on function private.await_visitors from public;
grant execute on function private.await_visitors to service_role;
