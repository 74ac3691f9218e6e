-- Two requests may bring the same new customer at once: the loser of the race for the identity
-- drops its own profile and takes the winner's.
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
  v_owner_id uuid;
begin
  if jsonb_array_length(p_identities) = 0 then
    raise exception using
      errcode = 'PT400',
      message = 'a customer needs at least one identity';
  end if;

  if v_customer_id is null then
    insert into public.customer_profiles (name, language, email, phone)
    values (
      nullif(p_name, ''), p_language,
      private.identity_value(p_identities, 'email'), private.identity_value(p_identities, 'phone')
    )
    returning id into v_customer_id;

    insert into public.customer_identities (customer_id, channel_id, kind, value, is_verified)
    values (
      v_customer_id, p_channel_id,
      p_identities -> 0 ->> 'kind', p_identities -> 0 ->> 'value', p_verified
    )
    on conflict (channel_id, kind, value) do update set kind = excluded.kind
    returning customer_id into v_owner_id;

    if v_owner_id <> v_customer_id then
      delete from public.customer_profiles where customer_profiles.id = v_customer_id;
      v_customer_id := v_owner_id;
    end if;
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
