create or replace function public.retry_dead_letter(p_kind text, p_id text)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  return private.retry_dead(p_kind, p_id);
end;
$$;

comment on function public.retry_dead_letter is
'Takes up a dead letter again (I9): delivery sends it, item stores it, reply_job answers it, media
fetches it, inbound reads a mail again; other requests are replayed by romashka replay. Returns the
new state. PT400, PT403, PT404.';
revoke all on function public.retry_dead_letter from public, anon, authenticated, service_role;
grant execute on function public.retry_dead_letter to authenticated, service_role;
