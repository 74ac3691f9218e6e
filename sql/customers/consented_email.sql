create or replace function private.consented_email(p_customer_id uuid)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select email_consents.email
  from private.email_consents
  where email_consents.customer_id = p_customer_id and email_consents.revoked_at is null;
$$;

comment on function private.consented_email is
'The address to which a visitor wants answers sent once they have left, or null.';
revoke all on function private.consented_email from public;
grant execute on function private.consented_email to service_role;
