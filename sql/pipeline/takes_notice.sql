create or replace function private.takes_notice(
  p_delivery private.deliveries,
  p_conversation public.conversations,
  p_class text
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_class in ('content', 'throttled', 'transient', 'unknown')
    and p_delivery.channel_id = p_conversation.channel_id
    and coalesce(p_conversation.window_expires_at > clock_timestamp(), true)
    and exists (
      select 1
      from public.customer_identities
      where customer_identities.customer_id = p_conversation.customer_id
        and customer_identities.channel_id = p_conversation.channel_id
        and customer_identities.unreachable_since is null
    );
end;
$$;

comment on function private.takes_notice is
'Whether a customer whose answer is lost can be told so where they wrote: another text, or a later
one, would be taken, the service window is open and they have not stopped us (R75).';
revoke all on function private.takes_notice from public;
grant execute on function private.takes_notice to service_role;
