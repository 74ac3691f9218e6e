create or replace function public.anonymise_customer(p_customer_id uuid)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_admin();
  return private.anonymise(p_customer_id);
end;
$$;

comment on function public.anonymise_customer is
'Takes everything personal out of a customer''s data and keeps the counts: who wrote what is gone,
that and when something was written stays (R82). Returns a receipt. PT403, PT404.';
revoke all on function public.anonymise_customer from public, anon, authenticated, service_role;
grant execute on function public.anonymise_customer to authenticated, service_role;
