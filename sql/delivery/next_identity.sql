create or replace function private.next_identity(p_delivery private.deliveries)
returns public.customer_identities
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_identity public.customer_identities;
begin
  select customer_identities.* into v_identity
  from public.conversations
  join public.channels as failed on failed.id = p_delivery.channel_id
  join public.customer_identities
    on customer_identities.customer_id = conversations.customer_id
  join public.channels on channels.id = customer_identities.channel_id
  where conversations.id = p_delivery.conversation_id
    and (
      customer_identities.fallback_rank is not null or channels.id = failed.fallback_channel_id
    )
    and private.may_write_to(customer_identities)
    and channels.type <> 'website'
    and channels.is_enabled
    and channels.status <> 'disconnected'
    and not exists (
      select 1
      from private.deliveries as tried
      where tried.message_id = p_delivery.message_id and tried.channel_id = channels.id
    )
  order by
    (channels.id = failed.fallback_channel_id) is true desc,
    customer_identities.fallback_rank, customer_identities.created_at
  limit 1;
  return v_identity;
end;
$$;

comment on function private.next_identity is
'Where the customer of a failed delivery may be written to instead: on the channel''s own fallback
first, then by rank; with consent, on a channel that works and was not tried yet (R73, I3).';
revoke all on function private.next_identity from public;
grant execute on function private.next_identity to service_role;
