create or replace function private.suppress_address(p_delivery_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.customer_identities
  set unreachable_since = clock_timestamp()
  from private.deliveries
  join public.conversations on conversations.id = deliveries.conversation_id
  where deliveries.id = p_delivery_id
    and customer_identities.customer_id = conversations.customer_id
    and customer_identities.channel_id = deliveries.channel_id
    and customer_identities.kind = 'email'
    and customer_identities.value = case
      when deliveries.address is not null then deliveries.address
      else coalesce(private.mail_of(deliveries) ->> 'to', customer_identities.value)
    end
    and customer_identities.unreachable_since is null;

  update private.email_consents
  set revoked_at = clock_timestamp()
  from private.deliveries
  where deliveries.id = p_delivery_id
    and deliveries.identity_id is null
    and deliveries.content is not null
    and email_consents.email = deliveries.address
    and email_consents.revoked_at is null;
end;
$$;

comment on function private.suppress_address is
'Nothing is sent any more to the address that a delivery went to, until somebody clears it; where it
continued a chat, until a visitor leaves that address anew.';
revoke all on function private.suppress_address from public;
grant execute on function private.suppress_address to service_role;
