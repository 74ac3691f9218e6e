-- Security definer: a visitor may not read identities, only know which customer they are.
create or replace function private.my_customers()
returns setof uuid
language sql
stable
security definer
set search_path = ''
as $$
  select customer_identities.customer_id
  from public.customer_identities
  where customer_identities.kind = 'visitor'
    and customer_identities.value = (select auth.uid())::text
  union
  select identity_moves.from_customer_id
  from private.identity_moves
  where identity_moves.visitor_id = (select auth.uid());
$$;

comment on function private.my_customers is
'The customers that the calling visitor is: now, and before they were recognised.';
revoke all on function private.my_customers from public;
grant execute on function private.my_customers to authenticated, service_role;
