create or replace function public.get_ai_response(p_id uuid)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select private.ai_response_of(p_id);
$$;

comment on function public.get_ai_response is
'What the AI said (R54), by the id of a conversation (its last turn), of a question or of the
answer: {response, confidence, requiresHuman, responseTime in milliseconds, state, messageId}.
While the turn is under way response and responseTime are null; at a hand-over response is what
the customer was told. Customers ask for their own conversations; PT404.';
revoke all on function public.get_ai_response from public, anon, authenticated, service_role;
grant execute on function public.get_ai_response to authenticated, service_role;
