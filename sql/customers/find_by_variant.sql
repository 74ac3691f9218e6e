create or replace function private.find_by_variant(p_channel_id uuid, p_identities jsonb)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_phone text := private.identity_value(p_identities, 'phone');
  v_variant text := (private.phone_variants(v_phone))[1];
begin
  return (
    select customer_identities.customer_id
    from public.customer_identities
    where customer_identities.channel_id = p_channel_id
      and customer_identities.kind = 'phone'
      and customer_identities.value = v_variant
  );
end;
$$;

comment on function private.find_by_variant is
'The customer whose number was given in another form before, or null.';
revoke all on function private.find_by_variant from public;
grant execute on function private.find_by_variant to service_role;
