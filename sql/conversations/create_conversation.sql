create or replace function public.create_conversation(
  p_identifier text,
  p_channel text,
  p_message text default null,
  p_client_id uuid default null,
  p_channel_id uuid default null
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
begin
  if coalesce(p_identifier, '') !~ '\S' then
    raise exception using
      errcode = 'PT400',
      message = 'a conversation needs the customer''s identifier',
      hint = 'an e-mail address, a phone number or an id';
  elsif p_message !~ '\S' then
    raise exception using
      errcode = 'PT400',
      message = 'the message is empty',
      hint = 'leave p_message out to open a conversation without words';
  end if;

  v_conversation_id := private.start_conversation(p_identifier, p_channel, p_channel_id);
  if p_message is not null then
    perform private.require_content(p_message);
    perform private.add_customer_message(v_conversation_id, p_message, p_client_id);
  end if;
  return v_conversation_id;
end;
$$;

comment on function public.create_conversation is
'Finds or opens a customer''s conversation (R10, R11) and adds what they say, if p_message is given;
returns its id. p_channel is website, email, whatsapp, instagram, messenger or telegram; p_client_id
(the message''s id) makes a repeat harmless; p_channel_id names one of several accounts. PT400,
PT401, PT403, PT404, PT409, PT429.';
revoke all on function public.create_conversation from public, anon, authenticated, service_role;
grant execute on function public.create_conversation to authenticated, service_role;
