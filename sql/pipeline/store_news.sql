create or replace function private.store_news(
  p_channel_type text,
  p_items private.inbound_item[],
  p_kinds jsonb
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_receipts integer := 0;
begin
  if p_kinds ? 'receipt' then
    v_receipts := private.ingest_receipts(p_items);
  end if;
  if p_kinds ? 'watermark' then
    v_receipts := v_receipts + private.ingest_watermarks(p_items);
  end if;
  if p_kinds ? 'account_event' then
    perform private.apply_account_events(p_channel_type, p_items);
  end if;
  if p_kinds ?| '{reaction,edit,revoke}' then
    perform private.ingest_changes(p_channel_type, p_items);
  end if;
  if p_kinds ?| '{message,reachability}' then
    perform private.ingest_reachability(p_items, p_kinds);
  end if;
  if p_channel_type = 'email' then
    perform private.ingest_mail_news(p_items, p_kinds);
  end if;
  return v_receipts;
end;
$$;

comment on function private.store_news is
'Stores what events say of messages and people that are known: receipts, changes, who can be
reached, mails to be read. Returns how many receipts counted.';
revoke all on function private.store_news from public;
grant execute on function private.store_news to service_role;
