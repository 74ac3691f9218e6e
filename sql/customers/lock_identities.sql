-- Two requests may bring one new customer at once, under different names: a phone number here, the
-- number and a platform id there. Whoever comes second waits and finds the customer of the first.
create or replace function private.lock_identities(p_channel_id uuid, p_identities jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(keys.key)
  from (
    select distinct private.identity_key(p_channel_id, named.item) as key
    from jsonb_array_elements(p_identities) as named (item)
    order by 1
  ) as keys;
end;
$$;

comment on function private.lock_identities is
'Locks identities ([{kind, value}]) until the end of the transaction, in one order for everybody.';
revoke all on function private.lock_identities from public;
grant execute on function private.lock_identities to service_role;
