create or replace function private.conversation_card(p_conversation public.conversations)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return to_jsonb(p_conversation)
    - '{epoch,context_seq,workflow_id,satisfaction_score}'::text[];
end;
$$;

comment on function private.conversation_card is
'What agents and the AI are shown of a conversation: its row without the inner workings.';
revoke all on function private.conversation_card from public;
grant execute on function private.conversation_card to authenticated, service_role;
