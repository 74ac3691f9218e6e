-- A step with nothing to do would still cost a statement or two.
create or replace function private.store_items(
  p_channel_type text,
  p_items private.inbound_item[],
  p_kinds jsonb
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_targets uuid[] := '{}';
  v_stored integer := 0;
  v_receipts integer := 0;
begin
  if p_kinds ? 'identity_change' then
    perform private.ingest_identity_changes(p_items);
  end if;
  if p_kinds ?| '{reaction,edit,revoke}' then
    v_targets := private.targets_of(p_items);
  end if;
  if p_kinds ? 'message' then
    v_stored := private.ingest_messages(private.without_echoes(p_items), v_targets);
  end if;
  if v_targets <> '{}' then
    perform private.lock_targets(p_items, v_targets);
  end if;
  v_receipts := private.store_news(p_channel_type, p_items, p_kinds);

  return jsonb_build_object(
    'messages', v_stored,
    'duplicates', jsonb_array_length(
      jsonb_path_query_array(p_kinds, '$[*] ? (@ == "message")')
    ) - v_stored,
    'receipts', v_receipts
  );
end;
$$;

comment on function private.store_items is
'Stores what sound events say, identity changes first, then messages, then what is news of messages
and people; p_kinds lists their kinds. Returns {messages, duplicates, receipts}.';
revoke all on function private.store_items from public;
grant execute on function private.store_items to service_role;
