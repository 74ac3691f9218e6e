create or replace function public.allow_sending(p_customer_id uuid)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  return private.clear_unreachable(p_customer_id);
end;
$$;

comment on function public.allow_sending is
'An agent''s word that a customer can be reached again at addresses that bounced or complained;
returns how many. PT403.';
revoke all on function public.allow_sending from public, anon, authenticated, service_role;
grant execute on function public.allow_sending to authenticated, service_role;
