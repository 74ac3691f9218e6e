-- Security definer: visitors write no customers.
create or replace function private.leave_email_as(p_email text)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_customer_id uuid;
  v_channel_id uuid;
begin
  perform private.require_pace('leave_email ' || (select auth.uid()), 10, interval '1 hour');
  select customer_identities.customer_id, customer_identities.channel_id
  into v_customer_id, v_channel_id
  from public.customer_identities
  where customer_identities.kind = 'visitor'
    and customer_identities.value = (select auth.uid())::text
  order by customer_identities.created_at desc
  limit 1;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = 'this visitor has no conversation yet',
      hint = 'call create_conversation first';
  end if;

  perform private.require_origin(v_channel_id);
  if p_email is null then
    update private.email_consents
    set revoked_at = clock_timestamp()
    where email_consents.customer_id = v_customer_id and email_consents.revoked_at is null;
  elsif not private.keep_email(v_customer_id, p_email, 'leave_email') then
    raise exception using
      errcode = 'PT400',
      message = 'this is no e-mail address';
  end if;
  perform private.withdraw_mails(v_customer_id);

  insert into private.unread_chats (conversation_id, due_at)
  select conversations.id, clock_timestamp() + interval '1 minute'
  from public.conversations
  where conversations.customer_id = v_customer_id
    and conversations.channel_type = 'website'
    and conversations.status <> 'resolved'
  on conflict (conversation_id) do nothing;
end;
$$;

comment on function private.leave_email_as is
'Keeps or forgets where the calling visitor wants answers sent; see leave_email().';
revoke all on function private.leave_email_as from public;
grant execute on function private.leave_email_as to authenticated, service_role;
