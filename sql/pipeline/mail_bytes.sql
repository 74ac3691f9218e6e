create or replace function private.mail_bytes(
  p_inbound_id bigint,
  p_from integer,
  p_length integer
)
returns bytea
language sql
stable
security invoker
set search_path = ''
as $$
  select substring(inbound_events.body from p_from + 1 for p_length)
  from private.inbound_events
  where inbound_events.id = p_inbound_id;
$$;

comment on function private.mail_bytes is
'Bytes of a kept request from a place on, counted from 0: a large mail is read in pieces, so that no
process holds it several times over.';
revoke all on function private.mail_bytes from public;
grant execute on function private.mail_bytes to service_role;
