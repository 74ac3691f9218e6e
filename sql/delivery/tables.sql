create table private.deliveries (
  id uuid primary key default gen_random_uuid(),
  position bigint generated always as identity,
  message_id uuid not null references public.messages (id) on delete cascade,
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  channel_id uuid not null,
  channel_type text not null,
  identity_id uuid,
  address text,
  content text,
  state public.delivery_status not null default 'queued',
  attempts integer not null default 0,
  failures integer not null default 0,
  throttled_at timestamptz,
  next_attempt_at timestamptz not null default clock_timestamp(),
  worker text,
  lease_until timestamptz,
  external_id text,
  part_ids text[] not null default '{}',
  attempted_at timestamptz,
  error_code text,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  settled_at timestamptz,
  constraint deliveries_message_key unique (message_id, channel_id)
)
with (fillfactor = 70);

create unique index deliveries_external_key on private.deliveries (channel_id, external_id)
where external_id is not null;
create index deliveries_part_ids_idx on private.deliveries using gin (part_ids)
where part_ids <> '{}';
create index deliveries_queued_idx on private.deliveries (next_attempt_at) where state = 'queued';
create index deliveries_sending_idx on private.deliveries (lease_until) where state = 'sending';
create index deliveries_open_idx on private.deliveries (conversation_id, position)
where state in ('queued', 'sending');
create index deliveries_conversation_id_idx on private.deliveries (conversation_id);
create index deliveries_dead_idx on private.deliveries (created_at)
where state in ('dead', 'failed', 'unknown');

create index deliveries_created_at_idx on private.deliveries using brin (created_at)
with (autosummarize = on);
create index deliveries_sent_at_idx on private.deliveries using brin (sent_at)
with (autosummarize = on);
create index deliveries_unsettled_idx on private.deliveries (created_at)
where state in ('dead', 'failed') and settled_at is null;

comment on table private.deliveries is
'The outbox: one row per message and channel tried, with a state (I3).';
comment on column private.deliveries.position is
'The order in which a conversation''s messages go.';
comment on column private.deliveries.failures is
'Passing errors since it was queued; eight of them make it dead. A blocked account is none,
nor is a platform that is too busy for us.';
comment on column private.deliveries.throttled_at is
'Since when the platform finds us too fast, without another error; a day of it makes it dead.';
comment on column private.deliveries.attempts is
'Claims so far; also the fence: only the newest claim may report.';
comment on column private.deliveries.state is
'unknown: the call may or may not have reached the platform; a receipt or a person decides.';
comment on column private.deliveries.next_attempt_at is
'Not before; later after every failure (R72).';
comment on column private.deliveries.lease_until is
'Until when the worker that claimed it may take; then it is unknown.';
comment on column private.deliveries.part_ids is
'The platform''s ids of what is out already, where a message goes out in several parts; empty where
external_id says it all.';
comment on column private.deliveries.attempted_at is
'When the newest claim was made: watermarks of the platform are compared with it.';
comment on column private.deliveries.identity_id is
'The one identity it goes to, where another channel takes over; null: all of this channel.';
comment on column private.deliveries.address is
'The e-mail address that it was queued for and goes to alone, where a mail continues a chat; else
null.';
comment on column private.deliveries.content is
'What is sent instead of the message''s own words, null for those.';
comment on column private.deliveries.settled_at is
'When what follows from a final failure was done: another channel tried, or people told (R75).';
comment on column private.deliveries.external_id is
'The platform''s id of the message, once it took it.';

create table private.receipts (
  id bigint generated always as identity primary key,
  channel_id uuid not null references public.channels (id) on delete cascade,
  external_id text not null,
  status text not null constraint receipts_status_check
  check (status in ('sent', 'delivered', 'read', 'failed')),
  delivery_id uuid references private.deliveries (id) on delete cascade,
  error_code text,
  error text,
  occurred_at timestamptz,
  received_at timestamptz not null default clock_timestamp(),
  constraint receipts_status_key unique (channel_id, external_id, status)
);

create index receipts_delivery_id_idx on private.receipts (delivery_id);
create index receipts_parked_idx on private.receipts (received_at) where delivery_id is null;

comment on table private.receipts is
'What platforms reported of our messages; without a delivery it is parked until that is
known (U3).';
comment on column private.receipts.occurred_at is 'By the clock of the platform.';

create table private.watermarks (
  channel_id uuid not null references public.channels (id) on delete cascade,
  customer_id uuid not null references public.customer_profiles (id) on delete cascade,
  status text not null constraint watermarks_status_check
  check (status in ('delivered', 'read')),
  until timestamptz not null,
  constraint watermarks_pkey primary key (channel_id, customer_id, status)
);

create index watermarks_customer_id_idx on private.watermarks (customer_id);

comment on table private.watermarks is
'Up to when a customer has got or read what was sent to them, on platforms that say only that.';
comment on column private.watermarks.until is 'By the clock of the platform; it only rises.';

create table private.delivery_days (
  day timestamptz primary key
);

comment on table private.delivery_days is
'Whole days (UTC) of the outbox that are summed up in delivery_figures: what makes a month quick.';

create table private.delivery_figures (
  day timestamptz not null references private.delivery_days (day) on delete cascade,
  channel_id uuid not null,
  figure text not null,
  step smallint not null,
  count bigint not null,
  constraint delivery_figures_pkey primary key (day, channel_id, figure, step)
);

comment on table private.delivery_figures is
'How many deliveries of a day are in which state, were seen, were accepted and confirmed how soon.';
comment on column private.delivery_figures.figure is
'A state; or seen, accepted, confirmed.';
comment on column private.delivery_figures.step is
'Of accepted and confirmed how long it took: milliseconds are e to the power of step / 50; else 0.';

create table private.delivery_changes (
  id bigint generated always as identity primary key,
  day timestamptz not null
);

create index delivery_changes_day_idx on private.delivery_changes (day);

comment on table private.delivery_changes is
'Days of which something changed late. One row for each change, so that nobody waits for anybody; as
long as there is one the day is counted from its rows.';

create table private.media_files (
  id bigint generated always as identity primary key,
  message_id uuid not null references public.messages (id) on delete cascade,
  place integer not null,
  channel_id uuid not null,
  media jsonb not null,
  state text not null default 'pending' constraint media_files_state_check
  check (state in ('pending', 'stored', 'failed')),
  attempts integer not null default 0,
  failures integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  worker text,
  path text,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  constraint media_files_message_key unique (message_id, place)
);

create index media_files_pending_idx on private.media_files (next_attempt_at)
where state = 'pending';
create index media_files_failed_idx on private.media_files (created_at) where state = 'failed';

comment on table private.media_files is
'Files that customers'' platforms hold for us, on their way into Storage (R29).';
comment on column private.media_files.place is
'Which of the message''s metadata.media it is, from 0.';
comment on column private.media_files.media is 'What the platform said of it when it came.';
comment on column private.media_files.attempts is
'Claims so far; also the fence: only the newest claim may report.';
comment on column private.media_files.failures is
'Passing errors; five of them make it failed. A blocked account is none.';
comment on column private.media_files.next_attempt_at is
'Not before; while a worker has it, when its lease ends and another may take it.';
comment on column private.media_files.path is 'Where it is in the bucket media.';

create table private.removed_files (
  prefix text primary key,
  until timestamptz not null default clock_timestamp() + interval '15 minutes'
);

comment on table private.removed_files is
'Under these beginnings nothing may stay in the bucket media: the worker deletes what is there.';
comment on column private.removed_files.until is
'Until then it is looked for again: a worker may have been uploading meanwhile.';
