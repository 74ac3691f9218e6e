alter table private.inbound_events enable row level security;
alter table private.rejected_items enable row level security;
alter table private.unread_mail enable row level security;
alter table private.replay_requests enable row level security;
alter table private.mailboxes enable row level security;

revoke all on table private.replay_requests from public, anon, authenticated, service_role;
revoke all on table private.inbound_events from public, anon, authenticated, service_role;
revoke all on table private.rejected_items from public, anon, authenticated, service_role;
revoke all on table private.unread_mail from public, anon, authenticated, service_role;
grant select, insert, update, delete on table private.unread_mail to service_role;
revoke all on table private.mailboxes from public, anon, authenticated, service_role;
grant select, insert, update, delete on table private.mailboxes to service_role;

grant select (id, channel_type, state, error, attempts, received_at)
on table private.inbound_events to authenticated;
grant select (
  id, inbound_id, channel_type, channel_id, reason, attempts, is_parked, created_at, resolved_at
) on table private.rejected_items to authenticated;
grant select, insert, update, delete on table private.inbound_events to service_role;
grant select, insert, update, delete on table private.rejected_items to service_role;
grant select, insert, update, delete on table private.replay_requests to service_role;

create policy "agents see failed requests" on private.inbound_events
for select to authenticated using (state = 'failed' and (select private.is_agent()));

create policy "agents see rejected items" on private.rejected_items
for select to authenticated using ((select private.is_agent()));

create view public.dead_letters with (security_invoker = true) as
select
  'inbound' as kind,
  inbound_events.id::text as id,
  inbound_events.channel_type,
  null::uuid as conversation_id,
  inbound_events.error as reason,
  inbound_events.attempts,
  inbound_events.received_at as created_at
from private.inbound_events
where inbound_events.state = 'failed'
union all
select
  'item' as kind,
  rejected_items.id::text as id,
  rejected_items.channel_type,
  null as conversation_id,
  rejected_items.reason,
  rejected_items.attempts,
  rejected_items.created_at
from private.rejected_items
where rejected_items.resolved_at is null and not rejected_items.is_parked
union all
select
  'delivery' as kind,
  deliveries.id::text as id,
  deliveries.channel_type,
  deliveries.conversation_id,
  concat_ws(' ', deliveries.state, deliveries.error_code, deliveries.error) as reason,
  deliveries.attempts,
  deliveries.created_at
from private.deliveries
where deliveries.state in ('failed', 'unknown', 'dead')
union all
select
  'reply_job' as kind,
  reply_jobs.id::text as id,
  null as channel_type,
  reply_jobs.conversation_id,
  reply_jobs.reason,
  reply_jobs.attempt,
  reply_jobs.created_at
from private.reply_jobs
where reply_jobs.outcome = 'dead'
union all
select
  'media' as kind,
  media_files.id::text as id,
  messages.channel_type,
  messages.conversation_id,
  media_files.error as reason,
  media_files.attempts,
  media_files.created_at
from private.media_files
inner join public.messages on media_files.message_id = messages.id
where media_files.state = 'failed';

comment on view public.dead_letters is
'Everything that found no way, with its reason; retry_dead_letter and replay take it up
again (I9).';

revoke all on table public.dead_letters from public, anon, authenticated, service_role;
grant select on table public.dead_letters to authenticated, service_role;
