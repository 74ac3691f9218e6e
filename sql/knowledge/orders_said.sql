-- One pattern for each kind of order, as the time to read one grows with the square of its length.
create or replace function private.orders_said(p_text text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(
    substring(p_text, '(?iw)' || private.orders_to_forget()),
    substring(p_text, '(?iw)' || private.orders_to_tell()),
    substring(p_text, '(?iw)' || private.orders_to_pretend()),
    substring(p_text, '(?iw)' || private.orders_to_answer()),
    substring(p_text, '(?iw)' || private.orders_by_address())
  );
$$;

comment on function private.orders_said is
'The first words of a text that are one of the known orders to an assistant, null without.';
revoke all on function private.orders_said from public;
grant execute on function private.orders_said to authenticated, service_role;
