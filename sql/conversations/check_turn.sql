-- Security definer: what others have said, and how fast a visitor writes, is counted over all
-- messages.
create or replace function private.check_turn(p_conversation_id uuid, p_seen_seq integer)
returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_visitor boolean := private.actor_role() = 'visitor';
begin
  if p_seen_seq is not null and exists (
    select 1
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.seq > p_seen_seq
      and case
        when v_visitor then messages.sender_type <> 'customer' and not messages.is_private
        else messages.sender_id is distinct from (select auth.uid())
      end
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('conversation %s has gone on since seq %s', p_conversation_id, p_seen_seq),
      detail = (
        select max(messages.seq)
        from public.messages
        where messages.conversation_id = p_conversation_id
      )::text,
      hint = 'read messages_since and send again';
  end if;

  if v_visitor and (
    select count(*)
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.seq > (
        select conversations.last_seq - 40
        from public.conversations
        where conversations.id = p_conversation_id
      )
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
'Refuses a stale view (PT409) and a visitor''s flood (PT429) in a conversation that is locked.';
revoke all on function private.check_turn from public;
grant execute on function private.check_turn to authenticated, service_role;
