create or replace function public.erase_customer(p_customer_id uuid)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_admin();
  return private.erase(p_customer_id);
end;
$$;

comment on function public.erase_customer is
'Removes a customer with everything they said and every raw request that names them (R82, U13).
Returns a receipt: how many rows went where. PT403, PT404.';
revoke all on function public.erase_customer from public, anon, authenticated, service_role;
grant execute on function public.erase_customer to authenticated, service_role;
