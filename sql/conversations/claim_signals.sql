create or replace function private.claim_signals(
  p_channel_types text[],
  p_accounts text[] default null,
  p_limit integer default 100
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_ids uuid[] := private.channels_of(p_channel_types, p_accounts);
begin
  return query
  with due as materialized (
    select signals.conversation_id, signals.kind
    from private.signals
    join public.conversations on conversations.id = signals.conversation_id
    where conversations.channel_id = any (v_channel_ids)
      or signals.requested_at < statement_timestamp() - interval '20 seconds'
    order by signals.requested_at
    limit p_limit
    for update of signals skip locked
  ),

  claimed as (
    delete from private.signals
    using due
    where signals.conversation_id = due.conversation_id and signals.kind = due.kind
    returning signals.*
  )

  select private.signal_to_show(claimed)
  from claimed
  where claimed.requested_at >= statement_timestamp() - interval '20 seconds';
end;
$$;

comment on function private.claim_signals is
'Takes what these channels should show now: {kind, conversation_id, channel_type, account,
identities, external_id}; nobody else gets it, and what is older than twenty seconds is dropped.';
revoke all on function private.claim_signals from public;
grant execute on function private.claim_signals to service_role;
