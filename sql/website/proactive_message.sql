create or replace function public.proactive_message(p_session uuid, p_seconds_on_page integer)
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.next_proactive(p_session, p_seconds_on_page);
$$;

comment on function public.proactive_message is
'A message to show to a visitor who has been on their page for so long, {rule_id, text, language},
or null (R42); also tells that they are still there, so call it every 20 seconds or so. PT403,
PT404, PT429.';
revoke all on function public.proactive_message from public, anon, authenticated, service_role;
grant execute on function public.proactive_message to authenticated, service_role;
