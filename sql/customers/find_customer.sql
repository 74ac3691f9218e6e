create or replace function private.find_customer(p_channel_id uuid, p_identities jsonb)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select customer_identities.customer_id
    from jsonb_array_elements(p_identities) with ordinality as wanted (item, position)
    join public.customer_identities
      on customer_identities.channel_id = p_channel_id
      and customer_identities.kind = wanted.item ->> 'kind'
      and customer_identities.value = wanted.item ->> 'value'
    order by wanted.position
    limit 1
  );
end;
$$;

comment on function private.find_customer is
'The customer known by any of these identities ([{kind, value}]) on this channel, or null.';
revoke all on function private.find_customer from public;
grant execute on function private.find_customer to service_role;
