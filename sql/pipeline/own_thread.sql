create or replace function private.own_thread(
  p_named uuid[],
  p_customer_id uuid,
  p_channel_id uuid,
  p_item jsonb
)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
  v_subject text := lower(nullif(p_item #>> '{thread,subject}', ''));
  v_roots text[] := array[p_item ->> 'external_id', p_item #>> '{thread,references,-1}'];
begin
  if p_customer_id is null or private.is_forged(p_item) then
    return null;
  end if;

  select conversations.id into v_conversation_id
  from unnest(p_named) with ordinality as named (id, place)
  join public.conversations on conversations.id = named.id
  where conversations.customer_id = p_customer_id
  order by named.place
  limit 1;

  if v_conversation_id is null and p_named = '{}' then
    select conversations.id into v_conversation_id
    from public.conversations
    where conversations.customer_id = p_customer_id
      and conversations.channel_id = p_channel_id
      and (
        conversations.thread = any (v_roots)
        or (
          lower(conversations.subject) = v_subject
          and conversations.last_message_at > clock_timestamp() - interval '7 days'
        )
      )
    order by conversations.thread = any (v_roots) desc, conversations.last_message_at desc
    limit 1;
  end if;
  return v_conversation_id;
end;
$$;

comment on function private.own_thread is
'The conversation that a customer''s mail goes on with: the first of those it names that is theirs,
else theirs of the same thread, else theirs of the same subject within a week; null for none.';
revoke all on function private.own_thread from public;
grant execute on function private.own_thread to service_role;
