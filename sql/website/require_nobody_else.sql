create or replace function private.require_nobody_else(
  p_channel_id uuid,
  p_customer_id uuid,
  p_moves boolean
)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if exists (
    select 1
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.is_verified
      and (
        customer_identities.kind = 'external' and customer_identities.channel_id = p_channel_id
        or customer_identities.kind <> 'visitor' and p_moves
      )
  ) then
    raise exception using
      errcode = 'PT409',
      message = 'this visitor is somebody else already',
      hint = 'sign out, sign in anonymously anew, and identify again';
  end if;
end;
$$;

comment on function private.require_nobody_else is
'Raises PT409 for a customer whom somebody vouches for already, so that one person''s
conversations never become another''s who signs in on the same device.';
revoke all on function private.require_nobody_else from public;
grant execute on function private.require_nobody_else to service_role;
