create or replace function private.mail_of(p_delivery private.deliveries)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_asked public.messages := private.last_mail(p_delivery);
  v_address text := private.mail_address(p_delivery, v_asked);
  v_subject text;
  v_name text;
begin
  select
    coalesce(messages.metadata ->> 'subject', 'Re: ' || nullif(conversations.subject, '')),
    conversations.customer_name
  into v_subject, v_name
  from public.messages
  join public.conversations on conversations.id = messages.conversation_id
  where messages.id = p_delivery.message_id;

  return jsonb_build_object(
    'subject', v_subject,
    'to', v_address,
    'name', v_name,
    'suppressed', exists (
      select 1
      from public.customer_identities
      where customer_identities.channel_id = p_delivery.channel_id
        and customer_identities.kind = 'email'
        and customer_identities.value = v_address
        and customer_identities.unreachable_since is not null
    ),
    'in_reply_to', v_asked.external_message_id,
    'references', coalesce(
      case when v_asked.sender_type = 'customer' then v_asked.metadata -> 'references' end, '[]'
    ) || private.sent_before(p_delivery)
  );
end;
$$;

comment on function private.mail_of is
'What only a mail needs: {subject, to, name, suppressed, in_reply_to, references}. It goes to the
sender of the customer''s last mail, or where that asked for, if it was proven to be theirs (R37).';
revoke all on function private.mail_of from public;
grant execute on function private.mail_of to service_role;
