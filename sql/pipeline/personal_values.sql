create or replace function private.personal_values(p_customer_id uuid)
returns text[]
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(array_agg(distinct named.value), '{}')
  from (
    select customer_identities.value
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
    union all
    select messages.external_message_id
    from public.messages
    join public.conversations on conversations.id = messages.conversation_id
    where conversations.customer_id = p_customer_id
    union all
    select deliveries.external_id
    from private.deliveries
    join public.conversations on conversations.id = deliveries.conversation_id
    where conversations.customer_id = p_customer_id and deliveries.channel_type = 'email'
    union all
    select deliveries.address
    from private.deliveries
    join public.conversations on conversations.id = deliveries.conversation_id
    where conversations.customer_id = p_customer_id
    union all
    select email_consents.email
    from private.email_consents
    where email_consents.customer_id = p_customer_id
    union all
    select reached.value
    from public.customer_profiles
    cross join lateral (
      values (customer_profiles.email), (customer_profiles.phone)
    ) as reached (value)
    where customer_profiles.id = p_customer_id
  ) as named
  where length(named.value) >= 6;
$$;

comment on function private.personal_values is
'By what a customer can be found in requests that brought no message of theirs (receipts, bodies
that could not be read): identities, addresses, ids of messages and of mails. Short values would
find other people too.';
revoke all on function private.personal_values from public;
grant execute on function private.personal_values to service_role;
