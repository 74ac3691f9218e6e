create or replace function private.queue_metrics()
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'reply_jobs', (
      select count(*)
      from private.reply_jobs
      where reply_jobs.state in ('waiting', 'running')
    ),
    'deliveries', (
      select count(*)
      from private.deliveries
      where deliveries.state in ('queued', 'sending')
    ),
    'oldest_delivery_ms', (
      select coalesce(
        private.milliseconds(clock_timestamp() - min(deliveries.created_at)), 0
      )
      from private.deliveries
      where deliveries.state in ('queued', 'sending')
    ),
    'unread_mail', (
      select count(*)
      from private.unread_mail
      where unread_mail.state <> 'dead'
    ),
    'unknown', (
      select count(*)
      from private.deliveries
      where deliveries.state = 'unknown'
    ),
    'dead_letters', (
      select count(*)
      from public.dead_letters
    ),
    'open_alerts', (
      select count(*)
      from public.alerts
      where alerts.resolved_at is null
    )
  );
$$;

comment on function private.queue_metrics is
'How long the queues are and how old their oldest entry is, for /metrics and readiness.';
revoke all on function private.queue_metrics from public;
grant execute on function private.queue_metrics to service_role;
