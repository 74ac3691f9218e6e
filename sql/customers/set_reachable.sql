create or replace function private.set_reachable(p_identity_id uuid, p_is_reachable boolean)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  update public.customer_identities
  set unreachable_since = case when not p_is_reachable then clock_timestamp() end
  where customer_identities.id = p_identity_id
    and (customer_identities.unreachable_since is null) is distinct from p_is_reachable;
$$;

comment on function private.set_reachable is
'Whether the customer can be written to under this identity; nothing is sent to one who cannot.';
revoke all on function private.set_reachable from public;
grant execute on function private.set_reachable to service_role;
