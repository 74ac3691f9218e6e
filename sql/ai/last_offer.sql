create or replace function private.last_offer(
  p_job private.reply_jobs,
  p_conversation public.conversations
)
returns public.messages
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_offer public.messages;
begin
  select messages.* into v_offer
  from public.messages
  where messages.conversation_id = p_job.conversation_id
    and messages.seq < p_job.first_seq
    and messages.seq > p_conversation.context_seq
    and messages.sender_type <> 'customer'
    and not messages.is_private
    and messages.deleted_at is null
  order by messages.seq desc
  limit 1;
  return v_offer;
end;
$$;

comment on function private.last_offer is
'What the customer was told last before this turn, and may be answering; null after a hand-over.';
revoke all on function private.last_offer from public;
grant execute on function private.last_offer to service_role;
