-- Only who has said STOP before knows what START is about: to anybody else it may be a greeting.
create or replace function private.opt_in(p_customer_id uuid, p_channel_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.customer_identities
  set
    consented_at = clock_timestamp(),
    consent_source = 'START, written by the customer',
    revoked_at = null,
    preferred_at = clock_timestamp()
  where customer_identities.customer_id = p_customer_id
    and customer_identities.channel_id = p_channel_id
    and customer_identities.revoked_at is not null;
end;
$$;

comment on function private.opt_in is
'A customer who had said STOP on a channel has said START: they agree to be written to there unasked
again, as when they tell their platform so (apply_preferences).';
revoke all on function private.opt_in from public;
grant execute on function private.opt_in to service_role;
