create or replace function private.ai_messages(
  p_conversation_id uuid,
  p_first_seq integer,
  p_last_seq integer
)
returns public.messages[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return array(
    select messages
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.seq between p_first_seq and p_last_seq
      and messages.sender_type = 'ai'
      and coalesce(messages.intent_detected, '') not in ('greeting', 'thanks', 'opt_out', 'opt_in')
    order by messages.seq desc
    limit 50
  );
end;
$$;

comment on function private.ai_messages is
'What the AI said between two seqs, small talk left out, newest first, fifty at most.';
revoke all on function private.ai_messages from public;
grant execute on function private.ai_messages to service_role;
