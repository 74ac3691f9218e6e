create or replace function private.keep_email(
  p_customer_id uuid,
  p_email text,
  p_source text
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_email text := lower(btrim(p_email));
begin
  if v_email !~ '^[^\s@<>,;:"]{1,64}@[^\s@<>,;:"]{1,190}\.[^\s@<>,;:"]{2,63}$' then
    return false;
  end if;

  insert into private.email_consents as known (customer_id, email, consent_source)
  values (p_customer_id, v_email, p_source)
  on conflict (customer_id) do update
    set
      email = excluded.email,
      consented_at = clock_timestamp(),
      consent_source = excluded.consent_source,
      revoked_at = null
    where known.email <> excluded.email or known.revoked_at is not null;
  return true;
end;
$$;

comment on function private.keep_email is
'Keeps the address to which a visitor wants answers sent once they have left; false for no
address.';
revoke all on function private.keep_email from public;
grant execute on function private.keep_email to service_role;
