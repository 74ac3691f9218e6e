create or replace function private.mail_is_abandoned(p_mail private.unread_mail)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_mail.state = 'reading' and (
    p_mail.lease_until < statement_timestamp() or not private.worker_lives(p_mail.worker)
  );
end;
$$;

comment on function private.mail_is_abandoned is
'Whether whoever claimed a mail has gone, or taken too long over it.';
revoke all on function private.mail_is_abandoned from public;
grant execute on function private.mail_is_abandoned to service_role;
