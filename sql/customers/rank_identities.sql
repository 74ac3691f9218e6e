-- Security definer: agents may not change identities but through here, where the log is kept.
create or replace function private.rank_identities(p_customer_id uuid, p_identity_ids uuid[])
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  update public.customer_identities
  set fallback_rank = array_position(p_identity_ids, customer_identities.id)
  where customer_identities.customer_id = p_customer_id;
  perform private.audit('set_fallback_order', 'customer', p_customer_id::text);
end;
$$;

comment on function private.rank_identities is
'Ranks a customer''s identities as listed; the others have no rank.';
revoke all on function private.rank_identities from public;
grant execute on function private.rank_identities to authenticated, service_role;
