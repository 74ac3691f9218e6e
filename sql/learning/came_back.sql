create or replace function private.came_back(p_customer_id uuid, p_after timestamptz)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.conversations
    join public.messages on messages.conversation_id = conversations.id
    where conversations.customer_id = p_customer_id
      and messages.sender_type = 'customer'
      and messages.created_at > p_after
      and messages.created_at <= p_after + interval '7 days'
      and not exists (
        select 1
        from private.reply_jobs
        join public.messages as replies on replies.id = reply_jobs.reply_message_id
        where reply_jobs.conversation_id = messages.conversation_id
          and messages.seq between reply_jobs.first_seq and reply_jobs.last_seq
          and reply_jobs.outcome = 'clarified'
          and replies.intent_detected = 'thanks'
      )
  );
end;
$$;

comment on function private.came_back is
'Whether a customer wrote again, anywhere, within seven days; thanks for an answer are no return.';
revoke all on function private.came_back from public;
grant execute on function private.came_back to authenticated, service_role;
