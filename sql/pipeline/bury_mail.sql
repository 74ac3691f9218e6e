create or replace function private.bury_mail(p_inbound_id bigint, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.unread_mail
  set state = 'dead', worker = null, lease_until = null, error = left(p_reason, 1000)
  where unread_mail.inbound_id = p_inbound_id;
  perform private.settle_requests(array[p_inbound_id], array[p_reason]);
  perform private.finish_mail(p_inbound_id);
end;
$$;

comment on function private.bury_mail is
'Gives a mail up that no try could read: its request is a dead letter, its bytes stay (I9, I10).';
revoke all on function private.bury_mail from public;
grant execute on function private.bury_mail to service_role;
