-- What was said last and says so already is not said again within a day: two machines that
-- unsubscribe from each other would not end.
create or replace function private.confirm_wish(
  p_message public.messages,
  p_conversation public.conversations
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_wish jsonb := private.wish_of(
    coalesce(nullif(p_message.content, ''), p_message.metadata ->> 'subject'),
    private.language_of(p_conversation)
  );
  v_last public.messages;
begin
  select messages.* into v_last
  from public.messages
  where messages.conversation_id = p_conversation.id
    and messages.sender_type <> 'customer'
    and not messages.is_private
  order by messages.seq desc
  limit 1;

  if v_wish is null
    or v_last.metadata ->> 'event' = v_wish ->> 'wish'
    and v_last.created_at > p_message.created_at - interval '1 day'
    or v_wish ->> 'wish' = 'opt_in' and not private.had_opted_out(
      p_conversation.customer_id, p_conversation.channel_id, p_message.created_at
    )
  then
    return;
  end if;
  insert into public.messages (conversation_id, sender_type, content, metadata)
  values (
    p_conversation.id, 'system', v_wish ->> 'text',
    jsonb_build_object('event', v_wish ->> 'wish')
  );
end;
$$;

comment on function private.confirm_wish is
'Tells a customer whose conversation people have what became of their STOP or START, in its
language; START of somebody who had not said STOP may be about anything.';
revoke all on function private.confirm_wish from public;
grant execute on function private.confirm_wish to service_role;
