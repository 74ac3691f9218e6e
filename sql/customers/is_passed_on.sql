-- Numbers pass from one person to another, and a user id never does: it goes with its account, and
-- the platform tells of a new one that somebody got (change_identity).
create or replace function private.is_passed_on(
  p_channel_id uuid,
  p_customer_id uuid,
  p_identities jsonb
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_user_id text := private.identity_value(p_identities, 'bsuid');
begin
  return v_user_id is not null
    and exists (
      select 1
      from public.customer_identities
      where customer_identities.customer_id = p_customer_id
        and customer_identities.channel_id = p_channel_id
        and customer_identities.kind = 'bsuid'
    )
    and not exists (
      select 1
      from public.customer_identities
      where customer_identities.customer_id = p_customer_id
        and customer_identities.channel_id = p_channel_id
        and customer_identities.kind = 'bsuid'
        and customer_identities.value = v_user_id
    );
end;
$$;

comment on function private.is_passed_on is
'Whether these identities ({kind, value}) name somebody else than the customer who is known by one
of them: their user id is another, so that the number is another person''s by now.';
revoke all on function private.is_passed_on from public;
grant execute on function private.is_passed_on to service_role;
