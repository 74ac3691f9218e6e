create or replace function private.give_up_answer(p_delivery private.deliveries, p_class text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_owned boolean;
  v_told boolean;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_delivery.conversation_id;

  v_owned := v_conversation.ai_mode = 'auto';
  v_told := private.takes_notice(p_delivery, v_conversation, p_class) or exists (
    select 1
    from private.reply_jobs
    where reply_jobs.conversation_id = v_conversation.id
      and reply_jobs.state in ('waiting', 'running')
  );
  perform private.hand_over_silently(v_conversation);

  insert into public.messages (
    conversation_id, sender_type, message_type, is_private, content, metadata
  )
  values (
    v_conversation.id, 'system', case when v_told then 'text' else 'event' end, not v_told,
    case when v_told then private.failure_text(private.language_of(v_conversation)) else '' end,
    jsonb_build_object(
      'event', case when v_owned and v_told then 'handed_over' else 'delivery_failed' end,
      'reason', 'delivery_failed',
      'message_id', p_delivery.message_id,
      'code', p_delivery.error_code,
      'class', p_class
    )
  );
end;
$$;

comment on function private.give_up_answer is
'People get the conversation of an answer that could not be delivered. The customer is told where
the platform would take another text, or where they wait for the next answer; agents always.';
revoke all on function private.give_up_answer from public;
grant execute on function private.give_up_answer to service_role;
