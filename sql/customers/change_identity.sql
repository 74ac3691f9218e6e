create or replace function private.change_identity(
  p_channel_id uuid,
  p_old jsonb,
  p_new jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_customer_id uuid := private.find_customer(p_channel_id, jsonb_build_array(p_old));
begin
  if v_customer_id is null or p_new is null or p_new ->> 'value' is null then
    return null;
  end if;

  perform private.lock_identities(p_channel_id, jsonb_build_array(p_new));
  insert into public.customer_identities (customer_id, channel_id, kind, value, is_verified)
  values (v_customer_id, p_channel_id, p_new ->> 'kind', p_new ->> 'value', true)
  on conflict (channel_id, kind, value) do nothing;

  -- Told again, the new numbers may be here already.
  if found and p_new ->> 'kind' = 'bsuid' and p_old ->> 'kind' = 'bsuid' then
    update public.customer_identities
    set unreachable_since = clock_timestamp()
    where customer_identities.customer_id = v_customer_id
      and customer_identities.channel_id = p_channel_id
      and customer_identities.kind = 'phone';
  end if;
  return v_customer_id;
end;
$$;

comment on function private.change_identity is
'The platform says that a customer ({kind, value}) now has another number or id; both stay theirs. A
new user id comes with a new number: the old ones are not written to until seen again.';
revoke all on function private.change_identity from public;
grant execute on function private.change_identity to service_role;
