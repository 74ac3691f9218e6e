create or replace function private.opt_out(p_customer_id uuid, p_channel_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.customer_identities
  set revoked_at = clock_timestamp(), preferred_at = clock_timestamp()
  where customer_identities.customer_id = p_customer_id
    and customer_identities.channel_id = p_channel_id;
end;
$$;

comment on function private.opt_out is
'A customer has said STOP on a channel: consent to be written to there unasked is gone, as when they
tell their platform so (apply_preferences).';
revoke all on function private.opt_out from public;
grant execute on function private.opt_out to service_role;
