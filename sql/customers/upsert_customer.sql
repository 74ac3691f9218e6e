create or replace function private.upsert_customer(
  p_channel_id uuid,
  p_identities jsonb,
  p_name text default null,
  p_language text default null,
  p_verified boolean default true
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_customer_id uuid := private.find_customer(p_channel_id, p_identities);
begin
  if jsonb_array_length(p_identities) = 0 then
    raise exception using
      errcode = 'PT400',
      message = 'a customer needs at least one identity';
  end if;

  if v_customer_id is null then
    perform private.lock_identities(p_channel_id, p_identities);
    v_customer_id := private.find_customer(p_channel_id, p_identities);
  end if;

  if v_customer_id is null then
    insert into public.customer_profiles (name, language, heard_language, email, phone)
    values (
      nullif(p_name, ''), p_language, p_language,
      private.identity_value(p_identities, 'email'), private.identity_value(p_identities, 'phone')
    )
    returning id into v_customer_id;
    perform private.take_number(v_customer_id, p_channel_id, p_identities);
  end if;

  perform private.add_identities(v_customer_id, p_channel_id, p_identities, p_verified);
  return v_customer_id;
end;
$$;

comment on function private.upsert_customer is
'Finds the customer by any identity ([{kind, value}], best first) or makes one; returns the id.
Identities that are new are added. PT400 without an identity.';
revoke all on function private.upsert_customer from public;
grant execute on function private.upsert_customer to service_role;
