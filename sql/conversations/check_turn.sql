-- Security definer: a visitor sees no row of conversations, yet needs the lock and the limit.
create or replace function private.check_turn(p_conversation_id uuid, p_seen_seq integer)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_visitor boolean := private.actor_role() = 'visitor';
  v_last_seq integer;
begin
  select conversations.last_seq into v_last_seq
  from public.conversations
  where conversations.id = p_conversation_id
    and (not v_visitor or conversations.id in (select private.my_conversations()))
  for no key update;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('conversation %s not found', p_conversation_id);
  end if;

  if p_seen_seq is not null and exists (
    select 1
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.seq > p_seen_seq
      and not (messages.is_private and v_visitor)
      and messages.sender_id is distinct from (select auth.uid())
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('conversation %s has gone on since seq %s', p_conversation_id, p_seen_seq),
      detail = v_last_seq::text,
      hint = 'read messages_since and send again';
  end if;

  if v_visitor and (
    select count(*)
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.seq > v_last_seq - 40
      and messages.sender_type = 'customer'
      and messages.created_at > clock_timestamp() - interval '1 minute'
  ) >= 20 then
    raise exception using
      errcode = 'PT429',
      message = 'too many messages in a minute',
      hint = 'wait a moment';
  end if;
end;
$$;

comment on function private.check_turn is
'Locks the conversation and refuses a stale view (PT409), a stranger (PT404) and a flood (PT429).';
revoke all on function private.check_turn from public;
grant execute on function private.check_turn to authenticated, service_role;
