create domain private.request_state as text constraint request_state_check
check (value in ('done', 'failed'));

comment on domain private.request_state is 'Whether a request could be read.';

create table private.inbound_events (
  id bigint generated always as identity primary key,
  channel_type text not null,
  body bytea not null,
  headers jsonb not null default '{}',
  state private.request_state not null default 'done',
  error text,
  attempts integer not null default 1,
  received_at timestamptz not null default clock_timestamp()
);

create index inbound_events_received_at_idx on private.inbound_events using brin (received_at)
with (autosummarize = on);
create index inbound_events_failed_idx on private.inbound_events (id) where state = 'failed';
create unique index inbound_events_once_key
on private.inbound_events (channel_type, (headers ->> 'once')) where headers ? 'once';

comment on table private.inbound_events is
'The bytes a platform sent, unaltered, kept in the transaction that stored what they say (I10,
U1).';
comment on column private.inbound_events.state is
'failed: authentic, but nothing could be made of it; a dead letter until it is replayed.';
comment on column private.inbound_events.headers is
'Of the request; signatures and secrets are left out. `once`: a proof that is good for one request,
where it covers no more than itself; a second request of it is not stored.';

create table private.rejected_items (
  id bigint generated always as identity primary key,
  inbound_id bigint references private.inbound_events (id) on delete cascade,
  channel_type text not null,
  channel_id uuid references public.channels (id) on delete cascade,
  item jsonb not null,
  target_id text,
  reason text not null,
  attempts integer not null default 1,
  is_parked boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  resolved_at timestamptz
);

create index rejected_items_open_idx on private.rejected_items (id) where resolved_at is null;
create index rejected_items_strangers_idx on private.rejected_items (created_at)
where channel_id is null and resolved_at is null;
create index rejected_items_parked_idx on private.rejected_items (channel_id, target_id)
where is_parked and resolved_at is null;
create index rejected_items_inbound_id_idx on private.rejected_items (inbound_id);
create index rejected_items_channel_id_idx on private.rejected_items (channel_id);

comment on table private.rejected_items is
'Single events of authentic requests that found no place: dead letters (I9).';
comment on column private.rejected_items.is_parked is
'Waits for the message it is about, as platforms promise no order.';
comment on column private.rejected_items.item is 'The event as our parser read it.';
comment on column private.rejected_items.target_id is
'The platform''s id of the message it is about.';

create domain private.mail_state as text constraint mail_state_check
check (value in ('waiting', 'reading', 'dead'));

comment on domain private.mail_state is 'How far the reading of a mail has come.';

create table private.unread_mail (
  inbound_id bigint primary key references private.inbound_events (id) on delete cascade,
  channel_id uuid not null references public.channels (id) on delete cascade,
  state private.mail_state not null default 'waiting',
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  worker text,
  lease_until timestamptz,
  error text,
  created_at timestamptz not null default clock_timestamp()
);

create index unread_mail_due_idx on private.unread_mail (next_attempt_at)
where state <> 'dead';
create index unread_mail_channel_id_idx on private.unread_mail (channel_id);

comment on table private.unread_mail is
'Mails that wait in their kept requests for the worker to read them; a line goes once it is read.';
comment on column private.unread_mail.attempts is
'Claims so far; also the fence: only the newest claim may record. Three that fail make it dead.';
comment on column private.unread_mail.state is
'dead: no try could read it; its request is then a dead letter, and a replay begins anew.';

create table private.replay_requests (
  inbound_id bigint primary key references private.inbound_events (id) on delete cascade,
  is_dry boolean not null default false,
  requested_at timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  lease_until timestamptz,
  report jsonb,
  finished_at timestamptz
);

create index replay_requests_open_idx on private.replay_requests (requested_at)
where finished_at is null;

comment on table private.replay_requests is
'Kept requests that a worker is to parse anew, as parsers are Python: replay_inbound asks for it.';
comment on column private.replay_requests.report is
'What the last replay changed, or a dry one would have changed (replay_events).';

create domain private.mailbox_state as text constraint mailbox_state_check
check (value in ('new', 'connected', 'away', 'refused'));

comment on domain private.mailbox_state is 'How the last try to read a mailbox went.';

create table private.mailboxes (
  channel_id uuid primary key references public.channels (id) on delete cascade,
  uid_validity bigint,
  last_uid bigint not null default 0,
  rescanned_from date,
  state private.mailbox_state not null default 'new',
  error text,
  refused_uid bigint,
  refusals integer not null default 0,
  seen_at timestamptz,
  worker text,
  lease_until timestamptz
);

comment on table private.mailboxes is
'How far each mailbox has been read by IMAP, and which worker is at it: one at a time.';
comment on column private.mailboxes.last_uid is
'The highest UID that is stored; it moves in the transaction that stores the mail.';
comment on column private.mailboxes.uid_validity is
'What last_uid counts under: with another value the server has numbered its mails anew.';
comment on column private.mailboxes.rescanned_from is
'Since which day mails were gone through after the server numbered them anew.';
comment on column private.mailboxes.refused_uid is
'The mail that the database refused last, `refusals` times; after three it is a dead letter.';
comment on column private.mailboxes.seen_at is 'When the server last answered.';

create type private.inbound_item as (
  inbound_id bigint,
  place integer,
  channel_id uuid,
  item jsonb
);

comment on type private.inbound_item is 'One event of a request, on the channel it is for.';

create type private.inbound_message as (
  inbound_id bigint,
  place integer,
  channel_id uuid,
  external_id text,
  customer_id uuid,
  conversation_id uuid,
  has_new_names boolean,
  item jsonb
);

comment on type private.inbound_message is
'A message on its way in, with the customer and conversation it belongs to once they are known.';
