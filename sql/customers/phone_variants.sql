-- Brazil: mobile numbers got a ninth digit, and both forms are in use. Mexico: the 1 of mobile
-- numbers was given up, and the ten digits after it are unique. Argentina: only 549 can become 54:
-- 54 without the 9 may be a landline and another person.
create or replace function private.phone_variants(p_phone text)
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_phone ~ '^55\d\d9\d{8}$' then array[left(p_phone, 4) || substr(p_phone, 6)]
    when p_phone ~ '^55\d\d[6-9]\d{7}$' then array[left(p_phone, 4) || '9' || substr(p_phone, 5)]
    when p_phone ~ '^549\d{10}$' then array['54' || substr(p_phone, 4)]
    when p_phone ~ '^521\d{10}$' then array['52' || substr(p_phone, 4)]
    when p_phone ~ '^52[2-9]\d{9}$' then array['521' || substr(p_phone, 3)]
    else '{}'
  end;
end;
$$;

comment on function private.phone_variants is
'The other forms in which WhatsApp may give the number of the same customer.';
revoke all on function private.phone_variants from public;
grant execute on function private.phone_variants to service_role;
