create or replace function private.retry_mail(p_inbound_id bigint)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.unread_mail
  set state = 'waiting', attempts = 0, next_attempt_at = clock_timestamp(), error = null
  where unread_mail.inbound_id = p_inbound_id and unread_mail.state = 'dead';

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no dead mail %s', p_inbound_id),
      hint = 'replay requests that are no mail with romashka replay --id';
  end if;
  perform private.settle_requests(array[p_inbound_id], array[null::text]);
  perform private.broadcast(array['worker'], array['mail'], array['{}'::jsonb]);
  return 'waiting';
end;
$$;

comment on function private.retry_mail is
'Lets the worker read a mail again that was given up. PT404.';
revoke all on function private.retry_mail from public;
grant execute on function private.retry_mail to service_role;
