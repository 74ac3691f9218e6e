create or replace function private.has_opted_out(p_customer_id uuid, p_channel_id uuid)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select exists (
    select
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.channel_id = p_channel_id
      and customer_identities.revoked_at is not null
  );
$$;

comment on function private.has_opted_out is
'Whether a customer wants no messages unasked on a channel, by their own STOP, by what they told
their platform, or as an agent noted.';
revoke all on function private.has_opted_out from public;
grant execute on function private.has_opted_out to service_role;
