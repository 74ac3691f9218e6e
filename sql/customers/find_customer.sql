create or replace function private.find_customer(p_channel_id uuid, p_identities jsonb)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_item jsonb;
  v_customer_id uuid;
begin
  -- One look-up each, so that every plan goes by the whole key, however young the statistics.
  for v_item in
    select wanted.item
    from jsonb_array_elements(p_identities) with ordinality as wanted (item, place)
    order by wanted.place
  loop
    select customer_identities.customer_id into v_customer_id
    from public.customer_identities
    where customer_identities.channel_id = p_channel_id
      and customer_identities.kind = v_item ->> 'kind'
      and customer_identities.value = v_item ->> 'value';
    if found and (
      v_item ->> 'kind' <> 'phone'
      or not private.is_passed_on(p_channel_id, v_customer_id, p_identities)
    ) then
      return v_customer_id;
    end if;
  end loop;

  v_customer_id := private.find_by_variant(p_channel_id, p_identities);
  return case
    when not private.is_passed_on(p_channel_id, v_customer_id, p_identities) then v_customer_id
  end;
end;
$$;

comment on function private.find_customer is
'The customer known by any of these identities ([{kind, value}], best first) on this channel, or by
a number in another form (phone_variants), or null. A number that was passed on does not count.';
revoke all on function private.find_customer from public;
grant execute on function private.find_customer to service_role;
