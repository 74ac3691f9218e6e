create or replace function private.had_opted_out(
  p_customer_id uuid,
  p_channel_id uuid,
  p_at timestamptz
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.channel_id = p_channel_id
      and (
        customer_identities.revoked_at is not null
        or customer_identities.consented_at >= p_at
        and customer_identities.consent_source = 'START, written by the customer'
      )
  );
end;
$$;

comment on function private.had_opted_out is
'Whether a customer wants no messages unasked on a channel, by their own STOP, by what they told
their platform, or as an agent noted; also when they took that back by START at p_at or later.';
revoke all on function private.had_opted_out from public;
grant execute on function private.had_opted_out to service_role;
