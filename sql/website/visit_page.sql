create or replace function public.visit_page(
  p_url text,
  p_title text default null,
  p_referrer text default null,
  p_session uuid default null,
  p_consent boolean default false,
  p_channel_id uuid default null
)
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.record_visit(
    p_url, p_title, p_referrer, p_session, p_consent, p_channel_id
  );
$$;

comment on function public.visit_page is
'The visitor is on a page (R41). Nothing is stored before they have agreed (p_consent), unless the
widget does not ask; addresses are kept without secrets, no IP address is kept. Returns
{session_id, proactive}: a message to show at once, {rule_id, text, language}, or null (R42).
PT400, PT403, PT404, PT429.';
revoke all on function public.visit_page from public, anon, authenticated, service_role;
grant execute on function public.visit_page to authenticated, service_role;
