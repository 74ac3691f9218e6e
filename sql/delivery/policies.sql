alter table private.deliveries enable row level security;
alter table private.receipts enable row level security;
alter table private.watermarks enable row level security;
alter table private.media_files enable row level security;
alter table private.removed_files enable row level security;
alter table private.delivery_days enable row level security;
alter table private.delivery_figures enable row level security;
alter table private.delivery_changes enable row level security;

revoke all on table private.deliveries from public, anon, authenticated, service_role;
revoke all on table private.receipts from public, anon, authenticated, service_role;
revoke all on table private.media_files from public, anon, authenticated, service_role;
revoke all on table private.removed_files from public, anon, authenticated, service_role;
revoke all on table private.delivery_days from public, anon, authenticated, service_role;
revoke all on table private.delivery_figures from public, anon, authenticated, service_role;
revoke all on table private.delivery_changes from public, anon, authenticated, service_role;

grant select on table private.deliveries to authenticated;
grant select on table private.media_files to authenticated;
grant select on table private.delivery_days to authenticated;
grant select on table private.delivery_figures to authenticated;
grant select on table private.delivery_changes to authenticated;
grant select, insert, update, delete on table private.deliveries to service_role;
grant select, insert, update, delete on table private.receipts to service_role;
grant select, insert, update, delete on table private.watermarks to service_role;
grant select, insert, update, delete on table private.media_files to service_role;
grant select, insert, update, delete on table private.removed_files to service_role;
grant select, insert, update, delete on table private.delivery_days to service_role;
grant select, insert, update, delete on table private.delivery_figures to service_role;
grant select, insert, update, delete on table private.delivery_changes to service_role;

create policy "agents see deliveries" on private.deliveries
for select to authenticated using ((select private.is_agent()));

create policy "agents see which days are summed up" on private.delivery_days
for select to authenticated using ((select private.is_agent()));

create policy "agents see summed up days" on private.delivery_figures
for select to authenticated using ((select private.is_agent()));

create policy "agents see which days have changed" on private.delivery_changes
for select to authenticated using ((select private.is_agent()));

create policy "agents see files on their way" on private.media_files
for select to authenticated using ((select private.is_agent()));

create view public.deliveries with (security_invoker = true) as
select
  deliveries.id,
  deliveries.message_id,
  deliveries.conversation_id,
  deliveries.channel_id,
  deliveries.channel_type,
  deliveries.state,
  deliveries.attempts,
  deliveries.next_attempt_at,
  deliveries.external_id,
  deliveries.error_code,
  deliveries.error,
  deliveries.created_at,
  deliveries.sent_at,
  deliveries.delivered_at,
  deliveries.read_at
from private.deliveries;

comment on view public.deliveries is 'The outbox as agents see it.';

revoke all on table public.deliveries from public, anon, authenticated, service_role;
grant select on table public.deliveries to authenticated, service_role;

create view public.channel_status with (security_invoker = true) as
with queues as (
  select
    deliveries.channel_id,
    count(*) as waiting
  from private.deliveries
  where deliveries.state = 'queued'
  group by deliveries.channel_id
)

select
  channels.id,
  channels.type,
  channels.account,
  channels.name,
  channels.is_enabled,
  channels.status,
  channels.status_reason,
  channels.last_in_at,
  channels.last_out_at,
  channels.last_error_at,
  channels.last_error,
  channels.token_state,
  channels.token_expires_at,
  channels.checked_at,
  channels.lost_at,
  channels.retry_at,
  coalesce(queues.waiting, 0) as waiting
from public.channels
left join queues on channels.id = queues.channel_id;

comment on view public.channel_status is
'How every channel fares, from real traffic and from what its platform answers when asked (R46,
R70): when it last worked, what its platform last complained of, how our access stood when it was
checked, how many messages wait.';

revoke all on table public.channel_status from public, anon, authenticated, service_role;
grant select on table public.channel_status to authenticated, service_role;
