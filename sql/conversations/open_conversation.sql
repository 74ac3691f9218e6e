-- A customer who writes again soon after the end goes on with the same conversation: their message
-- wakes it, under its lock. Here nothing is locked, as a batch locks all of its conversations in
-- one order.
create or replace function private.open_conversation(
  p_customer_id uuid,
  p_channel_id uuid,
  p_language text default null,
  p_thread text default '',
  p_subject text default null
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
begin
  select conversations.id into v_conversation_id
  from public.conversations
  where conversations.customer_id = p_customer_id
    and conversations.channel_id = p_channel_id
    and conversations.thread = p_thread
    and (
      conversations.status <> 'resolved'
      or conversations.resolved_at > clock_timestamp() - interval '24 hours'
    )
  order by conversations.status = 'resolved', conversations.created_at desc
  limit 1;

  if v_conversation_id is not null then
    return v_conversation_id;
  end if;

  insert into public.conversations (
    customer_id, channel_id, channel_type, customer_name, user_name, user_email,
    customer_phone, language, thread, subject, number
  )
  select
    customer_profiles.id, channels.id, channels.type, customer_profiles.name,
    customer_profiles.name, customer_profiles.email, customer_profiles.phone,
    coalesce(p_language, customer_profiles.language), p_thread, nullif(left(p_subject, 500), ''),
    case when channels.type = 'email' then nextval('private.conversation_numbers') end
  from public.customer_profiles, public.channels
  where customer_profiles.id = p_customer_id and channels.id = p_channel_id
  on conflict (customer_id, channel_id, thread) where status <> 'resolved'
  do update set status = conversations.status
  returning id into v_conversation_id;
  return v_conversation_id;
end;
$$;

comment on function private.open_conversation is
'The open conversation of a customer on a channel account, of mail in a thread: found, ended within
a day, or new.';
revoke all on function private.open_conversation from public;
grant execute on function private.open_conversation to service_role;
