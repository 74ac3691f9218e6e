-- The lock comes first, so that every verb sees the conversation as it will change it.
create or replace function private.require_conversation(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform 1
  from public.conversations
  where conversations.id = p_conversation_id
  for no key update;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('conversation %s not found', p_conversation_id);
  end if;
end;
$$;

comment on function private.require_conversation is
'Locks a conversation that the caller may change; PT404 when there is none.';
revoke all on function private.require_conversation from public;
grant execute on function private.require_conversation to authenticated, service_role;
