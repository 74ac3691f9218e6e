create or replace function private.identities_on(p_customer_id uuid, p_channel_id uuid)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(
      jsonb_object_agg(
        customer_identities.kind, customer_identities.value
        order by customer_identities.is_verified, customer_identities.created_at
      ),
      '{}'
    )
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.channel_id = p_channel_id
  );
end;
$$;

comment on function private.identities_on is
'Where a customer can be reached on a channel: {kind: value}, of several of a kind the newest that
the platform itself has given.';
revoke all on function private.identities_on from public;
grant execute on function private.identities_on to service_role;
