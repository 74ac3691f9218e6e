-- An address that is not the one we gave was set by somebody, on purpose: it is told and left.
create or replace function private.judge_webhook(p_channel public.channels, p_webhook jsonb)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_url text := coalesce(p_webhook ->> 'url', '');
  v_fault text := case
    when v_url = '' then 'no webhook is registered: romashka channel register ' || p_channel.type
    when v_url <> p_channel.webhook_url then format(
      'webhooks go to %s instead of %s: romashka channel register %s --url …',
      substring(v_url from '^https?://[^/?#]*'), p_channel.webhook_url, p_channel.type
    )
  end;
begin
  if p_webhook is null or p_webhook = 'null' then
    return null;
  elsif v_fault is not null then
    perform private.turn_channel(p_channel.id, false, v_fault);
    return v_fault;
  end if;

  if p_channel.lost_at is not null then
    perform private.turn_channel(p_channel.id, true, null);
  end if;
  if (p_webhook ->> 'waiting')::bigint > 0
    and (p_webhook ->> 'error_at')::timestamptz > coalesce(p_channel.last_in_at, '-infinity') then
    return format(
      '%s, the last one failed: %s', private.counted(
        (p_webhook ->> 'waiting')::bigint, 'webhook waits', 'webhooks wait'
      ), p_webhook ->> 'error'
    );
  end if;
  return null;
end;
$$;

comment on function private.judge_webhook is
'What is wrong with the address that a platform sends our webhooks to, null for nothing. One that is
gone or is not ours means that nothing comes in: the channel is lost, and found when it is back
(R76).';
revoke all on function private.judge_webhook from public;
grant execute on function private.judge_webhook to service_role;
