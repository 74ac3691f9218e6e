create or replace function private.is_in_conversation(p_session public.visitor_sessions)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.customer_identities
    join public.conversations
      on conversations.customer_id = customer_identities.customer_id
      and conversations.channel_id = customer_identities.channel_id
    where customer_identities.channel_id = p_session.channel_id
      and customer_identities.kind = 'visitor'
      and customer_identities.value = p_session.visitor_id::text
      and conversations.status <> 'resolved'
  );
end;
$$;

comment on function private.is_in_conversation is
'Whether the visitor of a session has a conversation open on its widget.';
revoke all on function private.is_in_conversation from public;
grant execute on function private.is_in_conversation to service_role;
