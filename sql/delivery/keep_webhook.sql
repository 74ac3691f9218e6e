create or replace function private.keep_webhook(p_channel_id uuid, p_url text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set webhook_url = nullif(p_url, ''), check_at = clock_timestamp()
  where channels.id = p_channel_id;

  if not found then
    raise exception using
      errcode = 'PT404', message = format('channel %s not found', p_channel_id);
  end if;
end;
$$;

comment on function private.keep_webhook is
'Keeps where a platform was told to send its webhooks: from now on that is the right address, and a
worker asks at once. PT404.';
revoke all on function private.keep_webhook from public;
grant execute on function private.keep_webhook to service_role;
