create or replace function public.identify(
  p_user_id text default null,
  p_signature text default null,
  p_token text default null,
  p_traits jsonb default '{}',
  p_channel_id uuid default null
)
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.identify_visitor(p_channel_id, p_user_id, p_signature, p_token, p_traits);
$$;

comment on function public.identify is
'The visitor is a user of the site, proven by p_signature (hex HMAC-SHA256 of p_user_id with the
widget''s secret) or p_token (JWT, HS256, sub and exp): they see their history on every device.
Returns {customer_id, is_verified, conversation_id}: the newest conversation. Whoever signs out
of the site must be signed out here too. PT400, PT401, PT403, PT404, PT409, PT429.';
revoke all on function public.identify from public, anon, authenticated, service_role;
grant execute on function public.identify to authenticated, service_role;
