create or replace function private.record_metric(
  p_name text,
  p_value double precision,
  p_conversation_id uuid default null,
  p_channel_type text default null,
  p_metadata jsonb default '{}'
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into public.realtime_metrics (
    metric_name, metric_value, conversation_id, channel_type, metadata
  )
  values (p_name, p_value, p_conversation_id, p_channel_type, p_metadata);
end;
$$;

comment on function private.record_metric is 'Keeps one measurement; times in milliseconds.';
revoke all on function private.record_metric from public;
grant execute on function private.record_metric to service_role;
