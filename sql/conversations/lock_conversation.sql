-- Security definer: a visitor sees no row of conversations, yet needs the lock on their own.
create or replace function private.lock_conversation(p_conversation_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform 1
  from public.conversations
  where conversations.id = p_conversation_id
    and (
      private.actor_role() <> 'visitor'
      or conversations.id in (select private.my_conversations())
    )
  for no key update;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('conversation %s not found', p_conversation_id),
      hint = 'give the id of a conversation that you may see';
  end if;
end;
$$;

comment on function private.lock_conversation is
'Locks a conversation that the caller may speak in; PT404 for a stranger.';
revoke all on function private.lock_conversation from public;
grant execute on function private.lock_conversation to authenticated, service_role;
