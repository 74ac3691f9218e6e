create or replace function public.hand_over(p_conversation_id uuid, p_reason text default 'agent')
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.check_reason(p_reason);
  perform private.lock_conversation(p_conversation_id);
  perform private.hand_over_as_service(p_conversation_id, coalesce(p_reason, 'agent'));
end;
$$;

comment on function public.hand_over is
'Takes a conversation from the AI and tells the customer that a person will answer; a reason is a
word, as those of rules are. PT400, PT403, PT404.';
revoke all on function public.hand_over from public, anon, authenticated, service_role;
grant execute on function public.hand_over to authenticated, service_role;
