create or replace function private.addresses_of(
  p_delivery private.deliveries,
  p_customer_id uuid
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'identities', coalesce(
        jsonb_object_agg(
          customer_identities.kind, customer_identities.value
          order by customer_identities.is_verified, customer_identities.created_at
        ) filter (where customer_identities.unreachable_since is null),
        '{}'
      ) || jsonb_strip_nulls(jsonb_build_object('email', case
        when p_delivery.content is not null and p_delivery.identity_id is null
          then private.chat_address(p_delivery, p_customer_id)
      end)),
      'is_reachable', coalesce(bool_or(customer_identities.unreachable_since is null), true)
    )
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.channel_id = p_delivery.channel_id
      and (
        p_delivery.identity_id is null
        or customer_identities.id = p_delivery.identity_id
        and private.may_write_to(customer_identities)
      )
  );
end;
$$;

comment on function private.addresses_of is
'Where a delivery may go: {identities: {kind: value}, is_reachable}; of several of a kind the
newest that the platform has given, none that has stopped us, or only the one agreed to where
another channel takes over. What continues a chat by mail goes to the address it was queued for.';
revoke all on function private.addresses_of from public;
grant execute on function private.addresses_of to service_role;
