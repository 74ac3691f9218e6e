create or replace function public.record_csat(
  p_token uuid,
  p_rating integer,
  p_comment text default null
)
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.store_csat(p_token, p_rating, p_comment);
$$;

comment on function public.record_csat is
'A customer rates a conversation by the link they got, 1 to 5; a second time replaces the first.
Returns {rating, language}. PT400 for another rating, PT404 for a wrong or expired token.';
revoke all on function public.record_csat from public, anon, authenticated, service_role;
grant execute on function public.record_csat to anon, authenticated, service_role;
