create or replace function private.label_followed(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
  v_answer public.messages;
begin
  foreach v_message in array p_messages loop
    if v_message.metadata ->> 'event' = 'reopened' then
      v_answer := private.last_answer(v_message.conversation_id, v_message.seq);
      perform private.label_message(v_answer, 'wrong', 'reopened')
      where v_answer.id is not null;
    elsif v_message.sender_type = 'agent' and not v_message.is_private then
      v_answer := private.last_answer(v_message.conversation_id, v_message.seq);
      perform private.label_message(v_answer, 'wrong', 'answered_again')
      where v_answer.created_at > v_message.created_at - interval '10 minutes';
    end if;
  end loop;
end;
$$;

comment on function private.label_followed is
'Labels the AI''s last answer as wrong when a person answers again within ten minutes, or opens the
conversation again.';
revoke all on function private.label_followed from public;
grant execute on function private.label_followed to service_role;
