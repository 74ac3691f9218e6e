create or replace function private.take_number(
  p_customer_id uuid,
  p_channel_id uuid,
  p_identities jsonb
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.customer_identities
  set
    customer_id = p_customer_id,
    consented_at = null, consent_source = null, revoked_at = null, fallback_rank = null
  where customer_identities.channel_id = p_channel_id
    and customer_identities.kind = 'phone'
    and customer_identities.value = private.identity_value(p_identities, 'phone')
    and private.is_passed_on(p_channel_id, customer_identities.customer_id, p_identities);
end;
$$;

comment on function private.take_number is
'Gives a number that was passed on to the customer who has it now, without what its former owner
agreed to: nothing meant for one may reach the other.';
revoke all on function private.take_number from public;
grant execute on function private.take_number to service_role;
