create or replace function private.unread_answers(p_conversation_id uuid)
returns setof public.messages
language sql
stable
security invoker
set search_path = ''
as $$
  select messages.*
  from public.messages
  where messages.conversation_id = p_conversation_id
    and messages.sender_type in ('ai', 'agent')
    and not messages.is_private
    and messages.deleted_at is null
    and messages.delivery_status in ('sent', 'delivered')
    and messages.seq > coalesce((
      select max(mailed.seq)
      from private.deliveries
      join public.messages as mailed on mailed.id = deliveries.message_id
      where deliveries.conversation_id = p_conversation_id and deliveries.content is not null
    ), 0)
  order by messages.seq
  limit 11;
$$;

comment on function private.unread_answers is
'What a visitor has neither read nor got by e-mail, oldest first; eleven at most, so that one
tells whether there is more than the ten of a mail.';
revoke all on function private.unread_answers from public;
grant execute on function private.unread_answers to service_role;
