-- Security definer: queues are closed to agents; this is the one thing they may do to them.
create or replace function private.retry_dead(p_kind text, p_id text)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.audit('retry', p_kind, p_id);

  if p_kind = 'delivery' and pg_input_is_valid(p_id, 'uuid') then
    return private.retry_delivery(p_id::uuid);
  elsif p_kind = 'item' and pg_input_is_valid(p_id, 'bigint') then
    return private.retry_item(p_id::bigint);
  elsif p_kind = 'reply_job' and pg_input_is_valid(p_id, 'uuid') then
    return private.retry_reply_job(p_id::uuid);
  elsif p_kind = 'inbound' and pg_input_is_valid(p_id, 'bigint') then
    return private.retry_mail(p_id::bigint);
  elsif p_kind = 'media' and pg_input_is_valid(p_id, 'bigint') then
    return private.retry_media(p_id::bigint);
  end if;

  raise exception using
    errcode = 'PT400',
    message = format('cannot retry %s %s here', p_kind, p_id),
    hint = 'kind: delivery, item, reply_job, media, or inbound for mail; else romashka replay --id';
end;
$$;

comment on function private.retry_dead is
'Retries a delivery, a rejected item, a turn, a file or a mail for an agent, noted in the audit log.
PT400, PT404.';
revoke all on function private.retry_dead from public;
grant execute on function private.retry_dead to authenticated, service_role;
