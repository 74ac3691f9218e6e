create or replace function private.seize_conversations(p_customer_id uuid)
returns uuid[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_ids uuid[];
begin
  select coalesce(array_agg(held.id), '{}') into v_conversation_ids
  from (
    select conversations.id
    from public.conversations
    where conversations.customer_id = p_customer_id
    order by conversations.id
    for update
  ) as held;

  perform 1
  from private.deliveries
  where deliveries.conversation_id = any (v_conversation_ids)
  order by deliveries.id
  for update;
  return v_conversation_ids;
end;
$$;

comment on function private.seize_conversations is
'Locks the conversations of a customer and their deliveries before they are erased; returns their
ids.';
revoke all on function private.seize_conversations from public;
grant execute on function private.seize_conversations to service_role;
