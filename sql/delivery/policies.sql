alter table private.deliveries enable row level security;
alter table private.receipts enable row level security;
alter table private.watermarks enable row level security;

revoke all on table private.deliveries from public, anon, authenticated, service_role;
revoke all on table private.receipts from public, anon, authenticated, service_role;

grant select on table private.deliveries to authenticated;
grant select, insert, update, delete on table private.deliveries to service_role;
grant select, insert, update, delete on table private.receipts to service_role;
grant select, insert, update, delete on table private.watermarks to service_role;

create policy "agents see deliveries" on private.deliveries
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
