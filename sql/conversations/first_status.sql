create or replace function private.first_status(p_message public.messages)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_message.is_private or p_message.channel_type = 'website' then 'sent' else 'queued'
  end;
end;
$$;

comment on function private.first_status is
'How the delivery of what we say begins: on the website the row itself is the delivery.';
revoke all on function private.first_status from public;
grant execute on function private.first_status to service_role;
