-- Security definer: clients may not broadcast on these topics, so that no sender can be forged.
create or replace function private.announce_typing(p_conversation_id uuid, p_typing boolean)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_visitor boolean := private.actor_role() = 'visitor';
begin
  if not exists (
    select 1
    from public.conversations
    where conversations.id = p_conversation_id
      and (not v_visitor or conversations.id in (select private.my_conversations()))
  ) then
    raise exception using
      errcode = 'PT404',
      message = format('conversation %s not found', p_conversation_id);
  end if;

  if v_visitor then
    perform private.require_pace('typing ' || (select auth.uid()), 20, interval '10 seconds');
    perform private.touch_visitor(p_conversation_id);
  end if;
  perform private.broadcast(
    array['conversation:' || p_conversation_id],
    array['typing'],
    array[jsonb_build_object(
      'conversation_id', p_conversation_id,
      'sender_type', case when v_visitor then 'customer' else 'agent' end,
      'sender_id', (select auth.uid()),
      'typing', p_typing
    )]
  );
  if p_typing and not v_visitor then
    perform private.request_signals(array[p_conversation_id], 'typing');
  end if;
end;
$$;

comment on function private.announce_typing is
'Broadcasts typing with the caller''s true name; PT404 for a stranger, PT429 for
a visitor who says so more than twice a second.';
revoke all on function private.announce_typing from public;
grant execute on function private.announce_typing to authenticated, service_role;
