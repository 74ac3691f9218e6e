-- Who is who is for people to say: two customers are never made one because a number moved on.
create or replace function private.note_conflict(
  p_customer_id uuid,
  p_channel_id uuid,
  p_identities jsonb
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_other uuid;
  v_conversation_id uuid;
begin
  for v_other in
    select distinct customer_identities.customer_id
    from jsonb_array_elements(p_identities) as named (item)
    join public.customer_identities
      on customer_identities.channel_id = p_channel_id
      and customer_identities.kind = named.item ->> 'kind'
      and customer_identities.value = named.item ->> 'value'
    where customer_identities.customer_id <> p_customer_id
  loop
    select conversations.id into v_conversation_id
    from public.conversations
    where conversations.customer_id = p_customer_id and conversations.channel_id = p_channel_id
    order by conversations.created_at desc
    limit 1;
    continue when v_conversation_id is null or exists (
      select 1
      from public.messages
      where messages.conversation_id = v_conversation_id
        and messages.message_type = 'event'
        and messages.metadata @> jsonb_build_object('other_customer_id', v_other)
    );
    perform private.note_event(
      v_conversation_id, 'identity_conflict', jsonb_build_object('other_customer_id', v_other)
    );
  end loop;
end;
$$;

comment on function private.note_conflict is
'Notes in a customer''s conversation, once, that the platform names them like somebody else.';
revoke all on function private.note_conflict from public;
grant execute on function private.note_conflict to service_role;
