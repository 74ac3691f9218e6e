create or replace function private.receipts_of(p_channel_type text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case p_channel_type
    when 'whatsapp' then 'sent, delivered, read'
    when 'messenger' then 'delivered, read'
    when 'instagram' then 'read only'
    when 'website' then 'none: storing a message is its delivery'
    when 'telegram' then 'none: acceptance by the platform is all there is'
    when 'email' then 'none: acceptance by the mail server, and what bounces is failed'
    else 'unknown'
  end;
end;
$$;

comment on function private.receipts_of is
'What a platform reports of our messages after it took them (R65).';
revoke all on function private.receipts_of from public;
grant execute on function private.receipts_of to authenticated, service_role;
