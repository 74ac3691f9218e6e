-- Security definer: what the customer is told at a hand-over is said by the system, which no agent
-- may write as.
create or replace function private.hand_over_as_service(p_conversation_id uuid, p_reason text)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  return private.hand_over_conversation(p_conversation_id, p_reason);
end;
$$;

comment on function private.hand_over_as_service is
'Hands a conversation over for an agent; PT403 for anybody else.';
revoke all on function private.hand_over_as_service from public;
grant execute on function private.hand_over_as_service to authenticated, service_role;
