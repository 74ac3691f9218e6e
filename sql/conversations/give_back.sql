create or replace function public.give_back(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.require_conversation(p_conversation_id);
  update public.conversations
  set
    ai_mode = 'auto',
    epoch = conversations.epoch + 1,
    context_seq = conversations.last_seq,
    handed_over_at = null,
    handed_over_reason = null
  where conversations.id = p_conversation_id;
  perform private.note_event(p_conversation_id, 'given_back');
end;
$$;

comment on function public.give_back is
'The AI answers again, from the next customer message on. PT403, PT404.';
revoke all on function public.give_back from public, anon, authenticated, service_role;
grant execute on function public.give_back to authenticated, service_role;
