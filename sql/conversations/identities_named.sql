create or replace function private.identities_named(p_customer_id uuid)
returns text[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return array(
    select customer_identities.value
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
    union
    select customer_profiles.email
    from public.customer_profiles
    where customer_profiles.id = p_customer_id and customer_profiles.email is not null
  );
end;
$$;

comment on function private.identities_named is
'By what names a customer is known: their identities and the address in their profile.';
revoke all on function private.identities_named from public;
grant execute on function private.identities_named to service_role;
