create or replace function private.hand_over_silently(p_conversation public.conversations)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_stays boolean := p_conversation.status = 'resolved' and exists (
    select 1
    from public.conversations
    where conversations.customer_id = p_conversation.customer_id
      and conversations.channel_id = p_conversation.channel_id
      and conversations.status <> 'resolved'
  );
begin
  update public.conversations
  set
    ai_mode = 'human',
    epoch = conversations.epoch + 1,
    context_seq = conversations.last_seq,
    status = case when v_stays then conversations.status else 'open' end,
    resolved_at = case when v_stays then conversations.resolved_at end,
    handed_over_at = clock_timestamp(),
    handed_over_reason = 'delivery_failed'
  where conversations.id = p_conversation.id
    and (conversations.ai_mode = 'auto' or conversations.status = 'resolved');
end;
$$;

comment on function private.hand_over_silently is
'Gives a locked conversation to people, and opens it again unless the customer has a newer one.';
revoke all on function private.hand_over_silently from public;
grant execute on function private.hand_over_silently to service_role;
