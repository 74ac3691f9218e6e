create or replace function private.insert_inbound(p_messages private.inbound_message[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into public.messages (
    conversation_id, sender_type, sender_id, content, external_message_id, message_type,
    media_url, metadata, calls_for_answer, reply_to_id, delivery_status, inbound_id
  )
  select
    fresh.conversation_id,
    case when fresh.item ->> 'sender' = 'agent' then 'agent' else 'customer' end,
    case when fresh.item ->> 'sender' = 'agent' then null else fresh.customer_id end,
    left(coalesce(fresh.item ->> 'content', ''), 100000),
    fresh.external_id,
    left(coalesce(fresh.item ->> 'message_type', 'text'), 50),
    fresh.item #>> '{media,0,url}',
    private.inbound_metadata(fresh.item),
    fresh.item ->> 'sender' is distinct from 'agent'
      and coalesce(fresh.item -> 'calls_for_answer' <> 'false', true)
      and fresh.item #>> '{metadata,automatic}' is null,
    quoted.id,
    case when fresh.item ->> 'sender' = 'agent' then 'sent' else 'delivered' end,
    fresh.inbound_id
  from unnest(p_messages) as fresh
  left join public.messages as quoted
    on quoted.channel_id = fresh.channel_id
    and quoted.external_message_id = fresh.item ->> 'reply_to'
    and quoted.conversation_id = fresh.conversation_id
  where fresh.conversation_id is not null and not exists (
    select 1
    from public.messages as stored
    where stored.channel_id = fresh.channel_id and stored.external_message_id = fresh.external_id
  )
  order by fresh.conversation_id, fresh.item ->> 'occurred_at', fresh.place;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.insert_inbound is
'Inserts messages whose conversations are locked, in the platform''s order; returns how many. What
has found no conversation is left out.';
revoke all on function private.insert_inbound from public;
grant execute on function private.insert_inbound to service_role;
