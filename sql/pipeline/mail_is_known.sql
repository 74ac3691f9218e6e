create or replace function private.mail_is_known(
  p_channel_id uuid,
  p_raw bytea,
  p_message_id text
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.messages
    join private.inbound_events on inbound_events.id = messages.inbound_id
    where messages.channel_id = p_channel_id
      and messages.external_message_id = p_message_id
      and sha256(inbound_events.body) = sha256(p_raw)
  );
end;
$$;

comment on function private.mail_is_known is
'Whether exactly this mail is a message already: two mails may carry one Message-ID.';
revoke all on function private.mail_is_known from public;
grant execute on function private.mail_is_known to service_role;
