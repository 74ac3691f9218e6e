create or replace function public.label_answer(p_message_id uuid, p_verdict text)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.label_run(p_message_id, p_verdict);
$$;

comment on function public.label_answer is
'An agent''s thumb on an answer of the AI: right or wrong; the last one counts. Takes the
message, or a run in ai_runs that was never sent. Returns the label. PT400, PT403, PT404; PT409 for
what is no answer: a question back, small talk.';
revoke all on function public.label_answer from public, anon, authenticated, service_role;
grant execute on function public.label_answer to authenticated, service_role;
