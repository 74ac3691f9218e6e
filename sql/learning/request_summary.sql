create or replace function public.request_summary(p_conversation_id uuid)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.ask_for_draft(p_conversation_id, 'summary');
$$;

comment on function public.request_summary is
'Asks the AI for a summary of a conversation for agents (R124), as request_draft does. PT403, PT404,
PT409.';
revoke all on function public.request_summary from public, anon, authenticated, service_role;
grant execute on function public.request_summary to authenticated, service_role;
