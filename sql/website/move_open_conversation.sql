-- The other may open one at this very moment, on another device: then this one stays as well.
create or replace function private.move_open_conversation(
  p_channel_id uuid,
  p_from_id uuid,
  p_to_id uuid
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
  update public.conversations
  set
    customer_id = p_to_id,
    customer_name = coalesce(customer_profiles.name, conversations.customer_name),
    user_name = coalesce(customer_profiles.name, conversations.user_name),
    user_email = coalesce(customer_profiles.email, conversations.user_email)
  from public.customer_profiles
  where customer_profiles.id = p_to_id
    and conversations.customer_id = p_from_id
    and conversations.channel_id = p_channel_id
    and conversations.status <> 'resolved'
    and not exists (
      select 1
      from public.conversations as theirs
      where theirs.customer_id = p_to_id
        and theirs.channel_id = p_channel_id
        and theirs.status <> 'resolved'
    )
  returning conversations.id into v_conversation_id;
  return v_conversation_id;
exception
  when unique_violation then
    return null;
end;
$$;

comment on function private.move_open_conversation is
'Gives one customer''s open conversation to another who has none open on the channel; returns it,
or null where it stays.';
revoke all on function private.move_open_conversation from public;
grant execute on function private.move_open_conversation to service_role;
