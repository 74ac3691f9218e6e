create or replace function private.connection_of(p_message public.messages)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_message.channel_type <> 'telegram' then
    return null;
  end if;
  return (
    select heard.metadata ->> 'business_connection_id'
    from public.messages as heard
    where heard.conversation_id = p_message.conversation_id and heard.sender_type = 'customer'
    order by heard.seq desc
    limit 1
  );
end;
$$;

comment on function private.connection_of is
'By which business connection the customer''s newest message came, on Telegram; else null.';
revoke all on function private.connection_of from public;
grant execute on function private.connection_of to service_role;
