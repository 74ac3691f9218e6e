create or replace function private.may_write_to(p_identity public.customer_identities)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_identity.consented_at is not null
    and p_identity.unreachable_since is null
    and (p_identity.revoked_at is null or p_identity.revoked_at < p_identity.consented_at);
end;
$$;

comment on function private.may_write_to is
'Whether the customer has agreed, still does, and can be written to there.';
revoke all on function private.may_write_to from public;
grant execute on function private.may_write_to to service_role;
