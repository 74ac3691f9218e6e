create or replace function public.request_draft(p_conversation_id uuid)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.ask_for_draft(p_conversation_id, 'draft');
$$;

comment on function public.request_draft is
'Asks the AI for an answer that an agent may send, to what the customer wrote last (R124). Returns
the row of ai_drafts; inbox hears ai_draft {id, conversation_id, kind, state} when it is there or
has failed, 20 seconds later at most. PT403, PT404, PT409 where no customer wrote.';
revoke all on function public.request_draft from public, anon, authenticated, service_role;
grant execute on function public.request_draft to authenticated, service_role;
