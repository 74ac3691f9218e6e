create or replace function public.replay_inbound(
  p_from timestamptz,
  p_to timestamptz,
  p_dry_run boolean default true
)
returns table (
  inbound_id bigint,
  received_at timestamptz,
  channel_type text,
  state text,
  error text,
  rejected bigint,
  is_queued boolean,
  report jsonb
)
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_admin();
  if p_from is null or p_to is null or p_from >= p_to then
    raise exception using
      errcode = 'PT400',
      message = 'a window begins before it ends',
      hint = 'replay_inbound(from, to, dry_run)';
  end if;

  return query
  select windows.*
  from private.replay_window(p_from, p_to, coalesce(p_dry_run, true)) as windows;
end;
$$;

comment on function public.replay_inbound is
'Requests of a window that could not be stored whole, with why (U1). A worker parses them anew with
today''s parsers within seconds; asked again, report says what that changed, or, dry, would change.
At once and for whole requests too: romashka replay --dry-run. PT400, PT403.';
revoke all on function public.replay_inbound from public, anon, authenticated, service_role;
grant execute on function public.replay_inbound to authenticated, service_role;
