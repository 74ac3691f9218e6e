-- Profile before conversations, as where a customer is erased: who is erased meanwhile stays so.
create or replace function private.record_profile(p_identity_id uuid, p_profile jsonb)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_identity public.customer_identities;
  v_name text := nullif(
    btrim(left(coalesce(p_profile ->> 'name', p_profile ->> 'username'), 200)), ''
  );
begin
  update public.customer_identities
  set profile_due_at = null
  where customer_identities.id = p_identity_id
  returning * into v_identity;

  if v_identity.id is null or p_profile is null then
    return false;
  end if;

  update public.customer_profiles
  set
    name = coalesce(nullif(customer_profiles.name, ''), v_name),
    attributes = customer_profiles.attributes || jsonb_build_object(
      'profile', jsonb_strip_nulls(p_profile)
    )
  where customer_profiles.id = v_identity.customer_id
    and customer_profiles.erased_at is null;
  if not found then
    return false;
  end if;

  update public.conversations
  set
    customer_name = v_name,
    user_name = coalesce(conversations.user_name, v_name)
  where conversations.customer_id = v_identity.customer_id
    and conversations.channel_id = v_identity.channel_id
    and conversations.customer_name is null
    and v_name is not null;
  return true;
end;
$$;

comment on function private.record_profile is
'What the platform told of a customer ({name, username, picture_url, locale}), or null where it will
not tell: a name is only given to who has none, here and in their conversations. True when kept.';
revoke all on function private.record_profile from public;
grant execute on function private.record_profile to service_role;
