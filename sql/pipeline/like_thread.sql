create or replace function private.like_thread(
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
  select conversations.id into v_conversation_id
  from public.conversations
  where conversations.customer_id = p_customer_id
    and conversations.channel_id = p_channel_id
    and (
      conversations.thread = any (v_roots)
      or conversations.last_message_at > clock_timestamp() - interval '7 days' and (
        lower(conversations.subject) = v_subject or exists (
          select 1
          from public.messages
          where messages.conversation_id = conversations.id
            and messages.metadata ->> 'claimed_conversation' = any (p_named::text[])
        )
      )
    )
  order by conversations.thread = any (v_roots) desc, conversations.last_message_at desc
  limit 1;
  return v_conversation_id;
end;
$$;

comment on function private.like_thread is
'The customer''s conversation of a mail''s thread, else within a week of its subject, or one that
began by claiming the same as it does; null for none.';
revoke all on function private.like_thread from public;
grant execute on function private.like_thread to service_role;
