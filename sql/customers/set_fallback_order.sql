create or replace function public.set_fallback_order(p_customer_id uuid, p_identity_ids uuid[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  if coalesce(cardinality(p_identity_ids), 100) > 20 or cardinality(p_identity_ids) <> (
    select count(*)
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.id = any (p_identity_ids)
  ) then
    raise exception using
      errcode = 'PT400',
      message = format('these are not up to 20 identities of customer %s', p_customer_id),
      hint = 'name each of the customer''s own identities once, the first to be tried first';
  end if;
  perform private.rank_identities(p_customer_id, p_identity_ids);
end;
$$;

comment on function public.set_fallback_order is
'Says at which of their identities a customer is written to when another channel fails, in this
order (R73); each needs consent as well. PT400, PT403.';
revoke all on function public.set_fallback_order from public, anon, authenticated, service_role;
grant execute on function public.set_fallback_order to authenticated, service_role;
