create or replace function public.update_conversation_metrics(p_message public.messages)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_first_response_at timestamptz;
  v_created_at timestamptz;
begin
  if p_message.is_private then
    return;
  end if;

  select conversations.first_response_at, conversations.created_at
  into v_first_response_at, v_created_at
  from public.conversations
  where conversations.id = p_message.conversation_id;

  if v_first_response_at = p_message.created_at then
    perform private.record_metric(
      'first_response_time', private.milliseconds(p_message.created_at - v_created_at),
      p_message.conversation_id, p_message.channel_type,
      jsonb_build_object('sender_type', p_message.sender_type)
    );
  end if;

  if p_message.sender_type = 'ai' then
    update public.conversations
    set
      ai_confidence = p_message.confidence_score,
      intent = coalesce(p_message.intent_detected, conversations.intent)
    where conversations.id = p_message.conversation_id;
    perform private.record_metric(
      'ai_response_time', coalesce(p_message.processing_time_ms, 0),
      p_message.conversation_id, p_message.channel_type,
      jsonb_build_object('confidence', p_message.confidence_score)
    );
  elsif p_message.metadata ->> 'event' = 'handed_over' then
    perform private.record_metric(
      'hand_over', 1, p_message.conversation_id, p_message.channel_type,
      jsonb_build_object('reason', p_message.metadata ->> 'reason')
    );
  end if;
end;
$$;

comment on function public.update_conversation_metrics is
'Measures a reply: first response time, AI response time and confidence, hand-overs (R56, R66).';
revoke all on function public.update_conversation_metrics
from public, anon, authenticated, service_role;
grant execute on function public.update_conversation_metrics to service_role;
