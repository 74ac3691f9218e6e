create or replace function private.note_findings(p_conversation_id uuid, p_reply jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.learn_language(conversations, p_reply)
  from public.conversations
  where conversations.id = p_conversation_id;

  update public.conversations
  set
    language = private.language_heard(conversations.language, p_reply),
    sentiment = coalesce(
      left(coalesce(p_reply #>> '{signals,sentiment}', p_reply ->> 'sentiment'), 100),
      conversations.sentiment
    ),
    intent = coalesce(left(p_reply ->> 'intent', 100), conversations.intent),
    ai_confidence = coalesce(private.confidence_of(p_reply), conversations.ai_confidence)
  where conversations.id = p_conversation_id;
end;
$$;

comment on function private.note_findings is
'Keeps with a conversation what a turn found out, whatever became of it: language, sentiment,
intent, confidence; and with the customer their language.';
revoke all on function private.note_findings from public;
grant execute on function private.note_findings to service_role;
