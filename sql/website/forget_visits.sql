create or replace function private.forget_visits(p_customer_id uuid)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_visitor_ids uuid[] := array(
    select customer_identities.value::uuid
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.kind = 'visitor'
      and pg_input_is_valid(customer_identities.value, 'uuid')
  );
  v_count integer;
begin
  delete from public.proactive_shows
  where proactive_shows.visitor_id = any (v_visitor_ids);
  delete from public.visitor_sessions
  where visitor_sessions.visitor_id = any (v_visitor_ids);
  get diagnostics v_count = row_count;
  delete from private.email_consents
  where email_consents.customer_id = p_customer_id;
  delete from private.identity_moves
  where p_customer_id in (identity_moves.from_customer_id, identity_moves.to_customer_id);
  delete from private.paces
  where split_part(paces.subject, ' ', 2) = any (v_visitor_ids::text[]);
  return v_count;
end;
$$;

comment on function private.forget_visits is
'Removes the visits of a customer to the website, the address they left, whom they turned out to be
and how often they did what; returns how many sessions.';
revoke all on function private.forget_visits from public;
grant execute on function private.forget_visits to service_role;
