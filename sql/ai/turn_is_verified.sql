create or replace function private.turn_is_verified(p_job private.reply_jobs)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.conversations
    join public.customer_identities
      on customer_identities.customer_id = conversations.customer_id
        and customer_identities.channel_id = conversations.channel_id
    where conversations.id = p_job.conversation_id
      and customer_identities.is_verified
      and (conversations.channel_type <> 'website' or customer_identities.kind = 'external')
      and (conversations.channel_type <> 'email' or customer_identities.kind = 'email')
  ) and not exists (
    select 1
    from public.conversations
    join public.messages on messages.conversation_id = conversations.id
    where conversations.id = p_job.conversation_id
      and conversations.channel_type = 'email'
      and messages.seq between p_job.first_seq and p_job.last_seq
      and messages.sender_type = 'customer'
      and messages.metadata #>> '{authentication,trusted}' is distinct from 'true'
  );
end;
$$;

comment on function private.turn_is_verified is
'Whether the customer of a turn is proven: signed by their site (website), every mail of the turn
authenticated by our own servers (e-mail), vouched for by the platform elsewhere (R119).';
revoke all on function private.turn_is_verified from public;
grant execute on function private.turn_is_verified to service_role;
