-- The next try is written before the first, so that a worker that dies while asking loses nothing.
create or replace function private.claim_profiles(
  p_channel_types text[],
  p_accounts text[],
  p_limit integer
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_ids uuid[] := private.channels_of(p_channel_types, p_accounts);
begin
  return query
  with due as materialized (
    select customer_identities.id
    from public.customer_identities
    where customer_identities.channel_id = any (v_channel_ids)
      and customer_identities.kind = 'external'
      and customer_identities.profile_due_at <= statement_timestamp()
    order by customer_identities.profile_due_at
    limit p_limit
    for no key update skip locked
  ),

  claimed as (
    update public.customer_identities
    set
      profile_asks = customer_identities.profile_asks + 1,
      profile_due_at = case
        when customer_identities.profile_asks < 6
          then clock_timestamp() + interval '1 minute' * 4 ^ customer_identities.profile_asks
      end
    from due
    where customer_identities.id = due.id
    returning customer_identities.*
  )

  select jsonb_build_object(
    'identity_id', claimed.id,
    'channel_type', channels.type,
    'account', channels.account,
    'identities', jsonb_build_object(claimed.kind, claimed.value)
  )
  from claimed
  join public.channels on channels.id = claimed.channel_id;
end;
$$;

comment on function private.claim_profiles is
'Customers of these channel types and accounts whom the platform is to be asked about (R33):
{identity_id, channel_type, account, identities}. Each comes again after 1, 4, 16, … minutes, seven
times at most, unless record_profile has settled it.';
revoke all on function private.claim_profiles from public;
grant execute on function private.claim_profiles to service_role;
