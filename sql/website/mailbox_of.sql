create or replace function private.mailbox_of(p_email text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select regexp_replace(lower(p_email), '\+[^@]*@', '@');
$$;

comment on function private.mailbox_of is
'The mailbox behind an e-mail address: without a +tag, which makes many addresses of one.';
revoke all on function private.mailbox_of from public;
grant execute on function private.mailbox_of to service_role;

create index deliveries_mailbox_idx on private.deliveries (private.mailbox_of(address), created_at)
where address is not null;
