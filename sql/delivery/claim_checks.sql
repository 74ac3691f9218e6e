create or replace function private.claim_checks(
  p_channel_types text[],
  p_accounts text[],
  p_at_once boolean default false
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return query
  update public.channels
  set check_at = clock_timestamp() + private.probe_delay(channels.failed_checks + 1)
  where channels.id in (
    select due.id
    from public.channels as due
    where due.is_enabled
      and due.type = any (p_channel_types)
      and due.account = any (p_accounts)
      and (p_at_once or due.check_at <= statement_timestamp())
    order by due.check_at, due.id
    limit 20
    for no key update skip locked
  )
  returning jsonb_build_object(
    'channel_id', channels.id, 'type', channels.type, 'account', channels.account
  );
end;
$$;

comment on function private.claim_checks is
'Accounts that their platform is to be asked about now, by the caller alone (R70): {channel_id,
type, account}. At once: all of them, as after a start with other tokens.';
revoke all on function private.claim_checks from public;
grant execute on function private.claim_checks to service_role;
