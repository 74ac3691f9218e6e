create or replace function private.check_return(p_conversation_id uuid)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if (
    select count(*)
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.sender_type = 'system'
      and messages.metadata ->> 'event' = 'handed_over'
      and messages.reply_job_id is not null
      and messages.created_at > clock_timestamp() - interval '24 hours'
      and messages.seq > coalesce((
        select max(ended.seq)
        from public.messages as ended
        where ended.conversation_id = p_conversation_id
          and ended.metadata ->> 'event' = 'resolved'
      ), 0)
  ) >= 3 then
    raise exception using
      errcode = 'PT409',
      message = format('the AI gave conversation %s up three times', p_conversation_id),
      hint = 'answer the customer yourself, or resolve the conversation';
  end if;
end;
$$;

comment on function private.check_return is
'Refuses to give a conversation back to an AI that handed it over three times within a day (PT409):
its customer must not be sent to and fro.';
revoke all on function private.check_return from public;
grant execute on function private.check_return to authenticated, service_role;
