-- The id of a mail is the same at every try: a bounce could not tell two addresses apart.
create or replace function private.chat_address(
  p_delivery private.deliveries,
  p_customer_id uuid
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return case
    when private.consented_email(p_customer_id) = p_delivery.address then p_delivery.address
  end;
end;
$$;

comment on function private.chat_address is
'Where a mail goes that continues a chat: to the address that it was queued for, at every try, while
its customer still wants it; null for nowhere.';
revoke all on function private.chat_address from public;
grant execute on function private.chat_address to service_role;
