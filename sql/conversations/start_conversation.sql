-- Security definer: a visitor may own a conversation without being allowed to write customers.
create or replace function private.start_conversation(
  p_identifier text,
  p_channel text,
  p_channel_id uuid default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_role text := private.actor_role();
  v_channel_id uuid := private.channel_for(p_channel, p_channel_id);
  v_identities jsonb := private.identities_of(p_identifier, p_channel);
  v_customer_id uuid;
  v_conversation_id uuid;
begin
  if v_role = 'visitor' and ((select auth.uid()) is null or p_channel <> 'website') then
    raise exception using
      errcode = 'PT403',
      message = 'visitors start conversations on the website, signed in',
      hint = 'sign in anonymously first: auth.signInAnonymously()';
  end if;

  perform private.require_visitor(v_channel_id);
  if not private.identities_are_sound(v_identities) then
    raise exception using
      errcode = 'PT400',
      message = format('no customer of %s can be named like this', p_channel),
      hint = 'an e-mail address, a phone number or an id of up to 512 characters';
  end if;

  v_customer_id := private.upsert_customer(
    v_channel_id, v_identities, null, null, v_role <> 'visitor'
  );
  if v_role = 'visitor' then
    perform private.welcome_visitor(v_customer_id, p_identifier);
  end if;
  v_conversation_id := private.open_conversation(v_customer_id, v_channel_id);
  update public.conversations
  set status = 'open', resolved_at = null
  where conversations.id = v_conversation_id and conversations.status = 'resolved';
  return v_conversation_id;
end;
$$;

comment on function private.start_conversation is
'Finds or opens the conversation of an identifier on a channel; visitors get only their own.';
revoke all on function private.start_conversation from public;
grant execute on function private.start_conversation to authenticated, service_role;
