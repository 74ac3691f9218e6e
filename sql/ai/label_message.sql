create or replace function private.label_message(
  p_message public.messages,
  p_verdict text,
  p_source text
)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.keep_label(ai_runs.id, p_verdict, p_source)
  from public.ai_runs
  where ai_runs.message_id = p_message.id and ai_runs.outcome <> 'fenced';
$$;

comment on function private.label_message is
'Keeps what followed an answer as a label of it.';
revoke all on function private.label_message from public;
grant execute on function private.label_message to service_role;
