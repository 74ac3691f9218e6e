create or replace function private.move_visitor(
  p_channel_id uuid,
  p_visitor_id uuid,
  p_from_id uuid,
  p_to_id uuid
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid := private.move_open_conversation(p_channel_id, p_from_id, p_to_id);
begin
  update public.customer_identities
  set customer_id = p_to_id
  where customer_identities.channel_id = p_channel_id
    and customer_identities.kind = 'visitor'
    and customer_identities.value = p_visitor_id::text;

  insert into private.identity_moves (
    visitor_id, channel_id, from_customer_id, to_customer_id, conversation_id
  )
  values (p_visitor_id, p_channel_id, p_from_id, p_to_id, v_conversation_id);

  insert into private.email_consents (customer_id, email, consented_at, consent_source)
  select p_to_id, given.email, given.consented_at, given.consent_source
  from private.email_consents as given
  where given.customer_id = p_from_id and given.revoked_at is null
  on conflict (customer_id) do nothing;
  perform private.withdraw_mails(p_to_id);
end;
$$;

comment on function private.move_visitor is
'Moves a visitor to the customer they turned out to be, with the conversation they have open
unless that customer has one open as well; what moved is kept.';
revoke all on function private.move_visitor from public;
grant execute on function private.move_visitor to service_role;
