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

  if p_kind = 'delivery' and p_id ~ '^[0-9a-f-]{36}$' then
    return private.retry_delivery(p_id::uuid);
  elsif p_kind = 'item' and p_id ~ '^[0-9]{1,18}$' then
    return private.retry_item(p_id::bigint);
  end if;

  raise exception using
    errcode = 'PT400',
    message = format('cannot retry %s %s here', p_kind, p_id),
    hint = 'kind is delivery or item; replay whole requests with romashka replay --id';
end;
$$;

comment on function private.retry_dead is
'Retries a delivery or a rejected item for an agent, with a line in the audit log. PT400, PT404.';
revoke all on function private.retry_dead from public;
grant execute on function private.retry_dead to authenticated, service_role;
