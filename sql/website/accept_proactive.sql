create or replace function public.accept_proactive(
  p_rule_id uuid,
  p_reply text,
  p_client_id uuid default null,
  p_identifier text default null
)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.answer_proactive(p_rule_id, p_reply, p_client_id, p_identifier);
$$;

comment on function public.accept_proactive is
'The visitor answers a proactive message: their conversation gets what was shown to them, by the
system, and then their answer; returns its id. PT400, PT401, PT403, PT404, PT409, PT429.';
revoke all on function public.accept_proactive from public, anon, authenticated, service_role;
grant execute on function public.accept_proactive to authenticated, service_role;
