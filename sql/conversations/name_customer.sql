create or replace function private.name_customer(p_customer_id uuid, p_name text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if nullif(btrim(p_name), '') is null then
    return;
  end if;

  update public.customer_profiles
  set name = p_name
  where customer_profiles.id = p_customer_id
    and coalesce(customer_profiles.name, '') ~ '^\+?[0-9 ()-]*$';

  update public.conversations
  set customer_name = p_name, user_name = p_name
  where conversations.customer_id = p_customer_id
    and conversations.status <> 'resolved'
    and coalesce(conversations.customer_name, '') ~ '^\+?[0-9 ()-]*$';
end;
$$;

comment on function private.name_customer is
'The platform''s name for a customer, where there is none yet but their number: what people have
written stays.';
revoke all on function private.name_customer from public;
grant execute on function private.name_customer to service_role;
