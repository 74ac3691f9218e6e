-- Generated from sql/ by `romashka db migration --baseline`. Do not edit: change sql/ instead.
set lock_timeout = '4s';
set check_function_bodies = off;

-- sql/core/schema.sql
-- Two schemas: public holds what front-ends read and call, private what only our processes use.
create schema if not exists private;

comment on schema private is
'Queues, raw requests and functions of our own processes; never exposed by the API.';

revoke all on schema private from public;
grant usage on schema private to anon, authenticated, service_role;

-- Without this every new function may be run by everybody; the per-schema form does not help.
alter default privileges revoke execute on functions from public;

create extension if not exists vector with schema extensions;

-- sql/core/tables.sql
create table public.agents (
  id uuid primary key references auth.users (id) on delete cascade,
  email text not null,
  name text not null,
  role text not null default 'agent' constraint agents_role_check
  check (role in ('agent', 'admin')),
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table public.agents is 'People who answer customers; id is their auth user.';
comment on column public.agents.role is 'agent, or admin (settings, agents, erasure).';
comment on column public.agents.is_active is
'False shuts an agent out at once, whatever token they hold.';

create table public.audit_log (
  id bigint generated always as identity primary key,
  actor_id uuid,
  actor_role text not null,
  action text not null,
  subject text not null,
  subject_id text,
  details jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp()
);

create index audit_log_subject_idx on public.audit_log (subject, subject_id);

comment on table public.audit_log is 'Who changed what, append-only for everybody (R83).';
comment on column public.audit_log.details is 'Names of the changed columns; never their contents.';

create table private.processes (
  name text primary key,
  kind text not null constraint processes_kind_check
  check (kind in ('worker', 'webhooks', 'gateway')),
  state jsonb not null default '{}',
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp()
);

comment on table private.processes is
'Heartbeat of every living process, once a second; a silent worker loses its claims.';
comment on column private.processes.state is 'How it fares, in its own words: counts, versions.';
comment on column private.processes.seen_at is 'By the clock of the database.';

create unlogged table private.paces (
  subject text primary key,
  started_at timestamptz not null default clock_timestamp(),
  count integer not null
);

comment on table private.paces is
'How often somebody did something since a window began; lost with a crash, which harms nobody.';
comment on column private.paces.subject is 'What is done and by whom, as "typing <user id>".';

-- sql/channels/tables.sql
create table public.channels (
  id uuid primary key default gen_random_uuid(),
  type text not null constraint channels_type_check
  check (type in ('website', 'email', 'whatsapp', 'instagram', 'messenger', 'telegram')),
  account text not null default 'default',
  name text not null,
  is_enabled boolean not null default true,
  status text not null default 'unknown' constraint channels_status_check
  check (status in ('unknown', 'connected', 'degraded', 'disconnected')),
  status_reason text,
  lost_at timestamptz,
  retry_at timestamptz,
  probes smallint not null default 0,
  last_in_at timestamptz,
  last_out_at timestamptz,
  last_error_at timestamptz,
  last_error text,
  token_state text not null default 'unknown' constraint channels_token_state_check
  check (token_state in ('unknown', 'valid', 'expiring', 'invalid')),
  token_expires_at timestamptz,
  expected_silence interval,
  paused_until timestamptz,
  service_window interval,
  max_text_length integer,
  options jsonb not null default '{}',
  allowed_addresses cidr[] not null default '{}',
  rate_per_minute integer constraint channels_rate_per_minute_check check (rate_per_minute > 0),
  fallback_channel_id uuid references public.channels (id) on delete set null,
  fallback_after interval default '2 minutes',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint channels_account_key unique (type, account)
);

create index channels_fallback_channel_id_idx on public.channels (fallback_channel_id);

comment on table public.channels is
'One row per account through which customers write: a phone number, a page, a mailbox, a widget.';
comment on column public.channels.account is
'The platform''s own id of the account: phone_number_id, page id, bot id, mailbox.';
comment on column public.channels.service_window is
'How long after the customer''s last message free text may be sent; null means always.';
comment on column public.channels.status is 'As learned from real traffic, shown on /readyz (R70).';
comment on column public.channels.lost_at is
'Since when nothing can come in: a mailbox that cannot be reached, a webhook that is gone.';
comment on column public.channels.retry_at is
'Our account is refused: when the next message may be sent to see whether it still is; else null.';
comment on column public.channels.probes is 'Messages sent to see that, since it began.';
comment on column public.channels.last_in_at is
'When a customer was last heard of; gathered every few seconds, so that no message writes here.';
comment on column public.channels.last_out_at is
'When the platform last took a message; gathered likewise.';
comment on column public.channels.last_error_at is
'When the platform last failed us (not a customer or a message); kept once a second at most.';
comment on column public.channels.token_expires_at is
'When our access ends unless it is renewed; null where it does not or nobody said.';
comment on column public.channels.expected_silence is
'After how long without a customer admins are alerted; null: never.';
comment on column public.channels.options is
'What else an account needs that is no secret, by name: {"login": "page"}.';
comment on column public.channels.allowed_addresses is
'Only from these networks are webhooks taken, where there are any (R79); 403 for others, after which
Postmark does not try again.';
comment on column public.channels.rate_per_minute is
'How many webhooks a web process takes in a minute (R78); 429 for more. Null: any number.';
comment on column public.channels.paused_until is
'Until then nothing is sent: the platform refuses the whole account for a while.';
comment on column public.channels.max_text_length is
'How many characters the platform takes in one message; null means no limit known.';
comment on column public.channels.fallback_channel_id is
'Where to turn when this channel cannot reach a customer (R73).';
comment on column public.channels.fallback_after is
'How long a message waits for a refused account before another channel takes it; null: for ever.';

create table public.website_settings (
  channel_id uuid primary key references public.channels (id) on delete cascade,
  name text not null default '' constraint website_settings_name_check
  check (length(name) <= 100),
  greeting jsonb not null default '{}' constraint website_settings_greeting_check
  check (jsonb_typeof(greeting) = 'object' and length(greeting::text) <= 10000),
  theme jsonb not null default '{}' constraint website_settings_theme_check
  check (jsonb_typeof(theme) = 'object' and length(theme::text) <= 10000),
  allowed_origins text[] not null default '{}' constraint website_settings_allowed_origins_check
  check (cardinality(allowed_origins) <= 100),
  requires_identity boolean not null default false,
  asks_consent boolean not null default true,
  keep_visits interval not null default interval '90 days'
  constraint website_settings_keep_visits_check
  check (keep_visits between interval '0' and interval '2 years'),
  max_upload_bytes integer not null default 10485760
  constraint website_settings_max_upload_bytes_check
  check (max_upload_bytes between 0 and 52428800),
  allowed_mime_types text[] not null default array[
    'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/heic', 'audio/*', 'video/*',
    'application/pdf', 'text/plain', 'text/csv', 'application/zip',
    'application/msword', 'application/vnd.ms-excel',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
  ],
  updated_at timestamptz not null default now()
);

comment on table public.website_settings is
'How each widget looks and what its visitors may do; a row comes with every channel of the type
website.';
comment on column public.website_settings.greeting is
'What the widget says first, by language: {"en": "…", "de": "…"}.';
comment on column public.website_settings.theme is 'Colours and shapes, for the page (R43).';
comment on column public.website_settings.allowed_origins is
'Pages that may use the widget: https://shop.example.com or https://*.example.com; empty: all.';
comment on column public.website_settings.requires_identity is
'True: only visitors whom the site has signed (identify) may write.';
comment on column public.website_settings.asks_consent is
'True: no visit is stored before the visitor has agreed (R41).';
comment on column public.website_settings.keep_visits is
'How long sessions and page visits are kept.';
comment on column public.website_settings.max_upload_bytes is
'The largest file a visitor may send; 0: none.';
comment on column public.website_settings.allowed_mime_types is
'Kinds of files that visitors may send, as image/png or image/*.';

create table private.website_secrets (
  id uuid primary key default gen_random_uuid(),
  channel_id uuid not null references public.channels (id) on delete cascade,
  secret text not null,
  created_at timestamptz not null default clock_timestamp(),
  retired_at timestamptz
);

create index website_secrets_channel_id_idx on private.website_secrets (channel_id);

comment on table private.website_secrets is
'With what the sites of a widget sign who its visitors are; several at once while they change. Not
encrypted, as the database itself checks signatures; the API reaches no private table.';
comment on column private.website_secrets.retired_at is
'From when it signs no more; null: the one in use.';

create table public.office_settings (
  id boolean primary key default true constraint office_settings_id_check check (id),
  time_zone text not null
);

comment on table public.office_settings is 'What holds for all office hours; one row at most.';
comment on column public.office_settings.time_zone is
'In which the hours are meant, as Europe/Berlin; UTC without a row.';

create table public.office_hours (
  id uuid primary key default gen_random_uuid(),
  channel_id uuid references public.channels (id) on delete cascade,
  weekday smallint not null constraint office_hours_weekday_check
  check (weekday between 1 and 7),
  opens time not null,
  closes time not null,
  constraint office_hours_closes_check check (closes > opens),
  constraint office_hours_span_key unique nulls not distinct (channel_id, weekday, opens)
);

comment on table public.office_hours is
'When people are there; no row at all means always. A night takes two rows, up to 24:00 and from
00:00.';
comment on column public.office_hours.channel_id is
'Null: for every channel that has no hours of its own.';
comment on column public.office_hours.weekday is '1 is Monday, 7 is Sunday.';

create table public.office_closures (
  id uuid primary key default gen_random_uuid(),
  channel_id uuid references public.channels (id) on delete cascade,
  day date not null,
  reason text,
  constraint office_closures_day_key unique nulls not distinct (channel_id, day)
);

comment on table public.office_closures is 'Days on which nobody is there: holidays.';
comment on column public.office_closures.channel_id is 'Null: on every channel.';

create table private.channel_events (
  id bigint generated always as identity primary key,
  channel_id uuid not null references public.channels (id) on delete cascade,
  kind text not null constraint channel_events_kind_check
  check (kind in ('in_error', 'out_error', 'connected', 'disconnected', 'token')),
  data jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp()
);

create index channel_events_channel_id_idx on private.channel_events (channel_id, created_at);
create index channel_events_created_at_idx on private.channel_events (created_at);

comment on table private.channel_events is
'What happened to a channel, for 30 days: errors of its platform, lost and found, tokens (R70).';
comment on column private.channel_events.data is 'Codes, reasons and times; never a secret.';

create table private.channel_secrets (
  id uuid primary key default gen_random_uuid(),
  channel_id uuid not null references public.channels (id) on delete cascade,
  name text not null constraint channel_secrets_name_check check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
  value bytea not null,
  updated_at timestamptz not null default clock_timestamp(),
  retired_at timestamptz
);

create unique index channel_secrets_newest_key on private.channel_secrets (channel_id, name)
where retired_at is null;
create index channel_secrets_channel_id_idx on private.channel_secrets (channel_id, name);

comment on table private.channel_secrets is
'Tokens, passwords and secrets of accounts, encrypted before they come here (R81): the keys are in
the environment of our processes alone.';
comment on column private.channel_secrets.value is 'A token of MultiFernet.';
comment on column private.channel_secrets.retired_at is
'Until when a replaced one is still good; null for the newest.';

create table public.message_templates (
  channel_id uuid not null references public.channels (id) on delete cascade,
  name text not null,
  language text not null,
  external_id text,
  status text not null,
  category text,
  parameter_format text not null default 'positional' constraint message_templates_format_check
  check (parameter_format in ('positional', 'named')),
  body text not null default '',
  header text,
  buttons jsonb not null default '[]',
  components jsonb not null default '[]',
  quality text,
  synced_at timestamptz not null default clock_timestamp(),
  constraint message_templates_pkey primary key (channel_id, name, language)
);

comment on table public.message_templates is
'What a platform lets us say outside the service window, as it lists it (R28).';
comment on column public.message_templates.external_id is 'The platform''s id of the template.';
comment on column public.message_templates.status is
'approved, or the platform''s word for why it cannot be used, in small letters.';
comment on column public.message_templates.body is 'Its words, with variables such as {{1}}.';
comment on column public.message_templates.buttons is
'The buttons below it, as the platform describes them.';
comment on column public.message_templates.components is
'All of its parts, as the platform describes them.';
comment on column public.message_templates.header is 'Its heading, where that is a text.';
comment on column public.message_templates.parameter_format is
'Whether its variables are numbers or names.';

-- sql/customers/tables.sql
create table public.customer_profiles (
  id uuid primary key default gen_random_uuid(),
  name text,
  email text,
  phone text,
  language text,
  attributes jsonb not null default '{}',
  is_blocked boolean not null default false,
  erased_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table public.customer_profiles is 'A person who writes to us, on however many channels.';
comment on column public.customer_profiles.language is 'BCP 47 tag of what they write, once known.';
comment on column public.customer_profiles.erased_at is 'When their data was erased (R82).';
comment on column public.customer_profiles.attributes is
'What agents or systems note about the customer, free in form.';

create table public.customer_identities (
  id uuid primary key default gen_random_uuid(),
  customer_id uuid not null references public.customer_profiles (id) on delete cascade,
  channel_id uuid not null references public.channels (id) on delete cascade,
  kind text not null constraint customer_identities_kind_check
  check (kind in ('phone', 'bsuid', 'email', 'visitor', 'external')),
  value text not null constraint customer_identities_value_check
  check (length(value) between 1 and 512),
  is_verified boolean not null default false,
  unreachable_since timestamptz,
  profile_due_at timestamptz default now(),
  profile_asks integer not null default 0,
  created_at timestamptz not null default now(),
  consented_at timestamptz,
  consent_source text,
  revoked_at timestamptz,
  fallback_rank smallint,
  constraint customer_identities_value_key unique (channel_id, kind, value)
);

create index customer_identities_customer_id_idx on public.customer_identities (customer_id);
create index customer_identities_visitor_idx on public.customer_identities (value)
where kind = 'visitor';
create index customer_identities_unreachable_idx on public.customer_identities (channel_id)
where unreachable_since is not null;

create index customer_identities_profile_idx
on public.customer_identities (channel_id, profile_due_at)
where kind = 'external' and profile_due_at is not null;

comment on table public.customer_identities is
'How a platform names a customer; several each, since WhatsApp users may come without a phone.';
comment on column public.customer_identities.is_verified is
'True when the platform vouches for it, false when the customer merely said so.';
comment on column public.customer_identities.unreachable_since is
'Since when nothing sent there arrives, as the platform said; null once the customer writes again.';
comment on column public.customer_identities.value is
'In the platform''s own form: digits of a phone number, lower-case e-mail address, uuid.';
comment on column public.customer_identities.profile_due_at is
'When to ask the platform who this is, where it has to be asked; null once it has said so or will
not (R33).';
comment on column public.customer_identities.profile_asks is
'How often that was tried; the pauses between grow.';
comment on column public.customer_identities.consented_at is
'Since when the customer agrees to be written to here, unasked or in place of another channel.';
comment on column public.customer_identities.consent_source is
'How they agreed: a form, a call, a law.';
comment on column public.customer_identities.revoked_at is
'When they withdrew it; it counts only while later than consented_at.';
comment on column public.customer_identities.fallback_rank is
'Which of the customer''s identities takes over first where another fails; null: not asked for.';

create table private.email_consents (
  customer_id uuid primary key references public.customer_profiles (id) on delete cascade,
  email text not null constraint email_consents_email_check check (length(email) <= 320),
  consented_at timestamptz not null default clock_timestamp(),
  consent_source text not null,
  revoked_at timestamptz
);

create index email_consents_email_idx on private.email_consents (email);

comment on table private.email_consents is
'Where visitors want answers sent once they have left the page. Whoever types an address in may not
own it: it is no identity and leads nobody to its owner''s conversations.';
comment on column private.email_consents.consent_source is
'How they gave it: create_conversation, leave_email, identify.';

create table private.identity_moves (
  id uuid primary key default gen_random_uuid(),
  visitor_id uuid not null,
  channel_id uuid not null references public.channels (id) on delete cascade,
  from_customer_id uuid not null references public.customer_profiles (id) on delete cascade,
  to_customer_id uuid not null references public.customer_profiles (id) on delete cascade,
  conversation_id uuid,
  moved_at timestamptz not null default clock_timestamp()
);

create index identity_moves_visitor_id_idx on private.identity_moves (visitor_id);
create index identity_moves_channel_id_idx on private.identity_moves (channel_id);
create index identity_moves_from_customer_id_idx on private.identity_moves (from_customer_id);
create index identity_moves_to_customer_id_idx on private.identity_moves (to_customer_id);

comment on table private.identity_moves is
'Visitors who turned out to be a customer we know: what moved, so that it can move back. They go on
reading what they wrote before.';
comment on column private.identity_moves.conversation_id is
'The open conversation that went with them, if one did.';

-- sql/conversations/tables.sql
-- Domains, not check constraints: those are read and prepared anew by every statement that writes a
-- row, whatever it changes, which made a tenth of the cost of a message.
create domain public.conversation_status as text constraint conversation_status_check
check (value in ('open', 'pending', 'resolved'));
create domain public.priority as text constraint priority_check
check (value in ('low', 'normal', 'high', 'urgent'));
create domain public.ai_mode as text constraint ai_mode_check
check (value in ('auto', 'human'));
create domain public.sender_type as text constraint sender_type_check
check (value in ('customer', 'ai', 'agent', 'system'));
create domain public.delivery_status as text constraint delivery_status_check
check (
  value in ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'dead')
);
create domain public.message_content as text constraint message_content_check
check (length(value) <= 100000);
create domain public.rating as smallint constraint rating_check
check (value between 1 and 5);

comment on domain public.conversation_status is 'Where a conversation stands.';
comment on domain public.priority is 'How much a conversation presses.';
comment on domain public.ai_mode is 'auto: the AI answers; human: it stays silent.';
comment on domain public.sender_type is 'Who says something.';
comment on domain public.delivery_status is
'How far a message has come; unknown: it may or may not have reached the platform.';
comment on domain public.message_content is 'What is said, at most 100,000 characters.';
comment on domain public.rating is 'How content a customer was, 1 to 5.';

create table public.conversations (
  id uuid primary key default gen_random_uuid(),
  customer_id uuid not null references public.customer_profiles (id),
  customer_name text,
  user_name text,
  user_email text,
  customer_phone text,
  assigned_agent_id uuid references public.agents (id) on delete set null,
  status public.conversation_status not null default 'open',
  priority public.priority not null default 'normal',
  channel_type text not null,
  channel_id uuid not null references public.channels (id),
  tags text[] not null default '{}',
  satisfaction_score public.rating,
  language text,
  sentiment text,
  intent text,
  ai_confidence double precision,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  last_message_at timestamptz,
  last_message text,
  message_count integer not null default 0,
  workflow_id uuid,
  last_seq integer not null default 0,
  unread_count integer not null default 0,
  ai_mode public.ai_mode not null default 'auto',
  epoch integer not null default 0,
  context_seq integer not null default 0,
  window_expires_at timestamptz,
  first_response_at timestamptz,
  handed_over_at timestamptz,
  handed_over_reason text,
  resolved_at timestamptz,
  visitor_seen_at timestamptz,
  thread text not null default '',
  subject text,
  number bigint
)
with (fillfactor = 70);

-- Counters change with every message: no index may name such a column, else no update is HOT.
create unique index conversations_open_key on public.conversations (customer_id, channel_id, thread)
where status <> 'resolved';
create unique index conversations_number_key on public.conversations (number)
where number is not null;
create index conversations_customer_id_idx on public.conversations (customer_id, channel_id);
create index conversations_channel_id_idx on public.conversations (channel_id, customer_id);
create index conversations_assigned_agent_id_idx on public.conversations (assigned_agent_id);
create index conversations_unresolved_idx on public.conversations (status)
where status <> 'resolved';

comment on table public.conversations is
'One customer on one channel account, in one thread; at most one that is not resolved, by
constraint.';
comment on column public.conversations.thread is
'E-mail: the Message-ID of the mail that began it (R37); other channels have one thread, empty.';
comment on column public.conversations.subject is 'E-mail: without Re: and the like.';
comment on column public.conversations.number is
'E-mail: what a subject names as [#number]; null elsewhere.';
comment on column public.conversations.user_name is 'The name the platform gave for the customer.';
comment on column public.conversations.last_seq is 'seq of the newest message.';
comment on column public.conversations.unread_count is 'Customer messages no agent has read.';
comment on column public.conversations.ai_mode is 'auto: the AI answers; human: it stays silent.';
comment on column public.conversations.epoch is
'Rises when the conversation changes hands; an AI turn of an older epoch may write nothing.';
comment on column public.conversations.context_seq is
'The AI reads what came after this seq: the last hand-over or resolution.';
comment on column public.conversations.window_expires_at is
'Until when the platform takes free text (its service window), null where there is none.';
comment on column public.conversations.ai_confidence is 'Confidence of the last AI turn, 0 to 1.';
comment on column public.conversations.tags is 'Labels that agents give, sorted, each once (R13).';
comment on column public.conversations.status is
'open, pending (waits for the customer) or resolved.';
comment on column public.conversations.visitor_seen_at is
'When a visitor of the website last looked, to within 20 seconds.';
comment on column public.conversations.workflow_id is 'For automation to come (R18).';
comment on column public.conversations.handed_over_reason is
'Why the AI gave up: deadline, low_confidence, asked_for_human, an agent''s own words.';

create sequence private.conversation_numbers start with 1001;

comment on sequence private.conversation_numbers is 'Numbers of conversations by e-mail.';

create table public.messages (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  seq integer not null,
  sender_type public.sender_type not null,
  sender_id uuid,
  content public.message_content not null default '',
  channel_type text not null,
  channel_id uuid not null,
  external_message_id text,
  message_type text not null default 'text',
  media_url text,
  delivery_status public.delivery_status not null default 'delivered',
  metadata jsonb not null default '{}',
  confidence_score double precision,
  processing_time_ms integer,
  intent_detected text,
  knowledge_sources jsonb not null default '[]',
  tokens_used integer,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  is_private boolean not null default false,
  calls_for_answer boolean not null default false,
  reply_to_id uuid,
  reply_job_id uuid,
  inbound_id bigint,
  edited_at timestamptz,
  deleted_at timestamptz,
  constraint messages_seq_key unique (conversation_id, seq)
);

create unique index messages_external_key on public.messages (channel_id, external_message_id)
where external_message_id is not null;
create unique index messages_reply_job_key on public.messages (reply_job_id)
where sender_type = 'ai';
create index messages_created_at_idx on public.messages using brin (created_at)
with (autosummarize = on);

comment on table public.messages is
'Everything said in a conversation, from whomever, in the order of seq.';
comment on column public.messages.seq is 'Gap-free and rising within its conversation.';
comment on column public.messages.sender_id is
'The customer or the agent; null for the AI, the system and a person answering on the platform.';
comment on column public.messages.channel_id is
'Its conversation''s, set by trigger: a second foreign key would only cost time.';
comment on column public.messages.external_message_id is 'The platform''s id, unique per account.';
comment on column public.messages.metadata is
'What the platform said beside the text: its own time, media, context, reactions.';
comment on column public.messages.knowledge_sources is
'What an AI message rests on: [{article_id, chunk_id, title}].';
comment on column public.messages.processing_time_ms is
'AI messages: milliseconds from the first unanswered message to this one.';
comment on column public.messages.is_private is 'Seen by agents alone, never delivered.';
comment on column public.messages.calls_for_answer is
'A customer''s message that starts the six seconds.';
comment on column public.messages.inbound_id is
'The kept request that brought it, so that erasing a customer finds their bytes.';
comment on column public.messages.reply_job_id is 'The AI turn that this message closed.';

create table public.routing_rules (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  position integer not null default 100,
  is_enabled boolean not null default true,
  channel_type text,
  channel_id uuid references public.channels (id) on delete cascade,
  language text,
  sender_pattern text,
  subject_contains text,
  text_contains text[],
  assign_agent_id uuid references public.agents (id) on delete cascade,
  priority public.priority,
  tags text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index routing_rules_channel_id_idx on public.routing_rules (channel_id);
create index routing_rules_assign_agent_id_idx on public.routing_rules (assign_agent_id);

comment on table public.routing_rules is
'To whom a conversation goes by its first message: the first rule by position of which everything
that is not null holds (R39). A rule for an agent who is not active is passed over.';
comment on column public.routing_rules.language is 'The conversation''s, with or without a region.';
comment on column public.routing_rules.sender_pattern is
'A domain (example.com), or a whole address or number in which * and ? stand for anything.';
comment on column public.routing_rules.text_contains is 'Any of these, in upper or lower case.';
comment on column public.routing_rules.tags is 'Added to the conversation''s own.';

-- Files of messages. Platforms send files of any kind; what visitors may send is a setting of their
-- widget, so that the bucket itself only limits the size.
insert into storage.buckets (id, name, public, file_size_limit)
values ('media', 'media', false, 52428800)
on conflict (id) do nothing;

alter publication supabase_realtime add table public.conversations;
alter publication supabase_realtime add table public.messages;

create table private.signals (
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  kind text not null constraint signals_kind_check check (kind in ('typing', 'read')),
  requested_at timestamptz not null default clock_timestamp(),
  constraint signals_pkey primary key (conversation_id, kind)
);

comment on table private.signals is
'What customers should see on their platform just now: that we type, that we have read. Whoever
shows it takes the row away; after twenty seconds it is not worth showing.';

-- sql/metrics/tables.sql
create table public.realtime_metrics (
  id bigint generated always as identity primary key,
  metric_name text not null,
  metric_value double precision not null,
  channel_type text,
  conversation_id uuid references public.conversations (id) on delete cascade,
  metadata jsonb not null default '{}',
  timestamp timestamptz not null default clock_timestamp()
);

create index realtime_metrics_name_idx on public.realtime_metrics (metric_name, timestamp desc);
create index realtime_metrics_timestamp_idx on public.realtime_metrics using brin (timestamp)
with (autosummarize = on);
create index realtime_metrics_conversation_id_idx on public.realtime_metrics (conversation_id);

comment on table public.realtime_metrics is
'What was measured, one row each; times are milliseconds (R68).';
comment on column public.realtime_metrics.metric_name is
'ai_response_time, first_response_time, delivery_time, hand_over, delivery_failed, csat.';
comment on column public.realtime_metrics.metadata is
'What else belongs to the measurement: sender, confidence, reason, error code.';

create table private.metric_hours (
  hour timestamptz not null,
  channel_type text not null,
  metric_name text not null,
  bucket smallint not null,
  count bigint not null,
  total double precision not null,
  constraint metric_hours_pkey primary key (hour, channel_type, metric_name, bucket)
);

comment on table private.metric_hours is
'Whole hours of realtime_metrics and messages, summed up: what makes a month of figures quick, and
what stays of it once the measurements themselves have gone.';
comment on column private.metric_hours.metric_name is
'A metric''s name; or message (total counts those of customers), ai_confidence, or rolled_up, which
marks how far it has come.';
comment on column private.metric_hours.bucket is
'Of ai_response_time the tenth of a second it fell into, for percentiles; else 0.';

create table public.alert_rules (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  metric_name text not null,
  aggregate text not null default 'avg' constraint alert_rules_aggregate_check
  check (aggregate in ('avg', 'max', 'count', 'p95')),
  threshold double precision not null,
  time_window interval not null default interval '15 minutes',
  minimum_count integer not null default 1,
  severity text not null default 'warning' constraint alert_rules_severity_check
  check (severity in ('info', 'warning', 'critical')),
  is_enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table public.alert_rules is
'An alert rises when a metric''s aggregate over the window exceeds the threshold (R69, R71).';
comment on column public.alert_rules.minimum_count is
'How many measurements the window must hold before the rule speaks.';
comment on column public.alert_rules.time_window is 'How far back the rule looks.';

create table public.alerts (
  id uuid primary key default gen_random_uuid(),
  rule_id uuid references public.alert_rules (id) on delete cascade,
  channel_id uuid references public.channels (id) on delete cascade,
  kind text not null,
  severity text not null constraint alerts_severity_check
  check (severity in ('info', 'warning', 'critical')),
  message text not null,
  raised_at timestamptz not null default clock_timestamp(),
  resolved_at timestamptz
);

create unique index alerts_open_key on public.alerts (kind, rule_id, channel_id)
nulls not distinct
where resolved_at is null;
create index alerts_rule_id_idx on public.alerts (rule_id);
create index alerts_channel_id_idx on public.alerts (channel_id);

comment on table public.alerts is 'What admins should look at; one open alert per cause.';
comment on column public.alerts.kind is
'metric (of a rule), channel, token, silence or delivery (of a channel), or reply_job.';

create table public.csat_responses (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  rating public.rating not null,
  comment text constraint csat_responses_comment_check check (length(comment) <= 2000),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint csat_responses_conversation_key unique (conversation_id)
);

comment on table public.csat_responses is
'How content a customer was, once per conversation (R61).';

create table private.csat_links (
  token uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  expires_at timestamptz not null default clock_timestamp() + interval '30 days',
  constraint csat_links_conversation_key unique (conversation_id)
);

comment on table private.csat_links is 'The unguessable token of a public rating link.';

-- sql/delivery/tables.sql
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

create index deliveries_address_idx on private.deliveries (created_at)
where address is not null;

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
'The e-mail address that it was queued for, where a mail continues a chat; else null.';
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

-- sql/website/tables.sql
create table public.visitor_sessions (
  id uuid primary key default gen_random_uuid(),
  visitor_id uuid not null references auth.users (id) on delete cascade,
  channel_id uuid not null references public.channels (id) on delete cascade,
  visit_number integer not null default 1,
  page_count integer not null default 0,
  landing_url text not null,
  referrer text,
  user_agent text,
  language text,
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp()
);

create index visitor_sessions_visitor_id_idx on public.visitor_sessions (visitor_id, seen_at);
create index visitor_sessions_channel_id_idx on public.visitor_sessions (channel_id);
create index visitor_sessions_seen_at_idx on public.visitor_sessions (seen_at);

comment on table public.visitor_sessions is
'A visit to the website, by somebody who has agreed to it being kept; over after 30 idle minutes
(R41).';
comment on column public.visitor_sessions.visit_number is 'Their how many-th visit this is.';
comment on column public.visitor_sessions.language is 'That their browser asks for first.';

create table public.page_visits (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references public.visitor_sessions (id) on delete cascade,
  url text not null,
  title text,
  visited_at timestamptz not null default clock_timestamp()
);

create index page_visits_session_id_idx on public.page_visits (session_id, visited_at);

comment on table public.page_visits is 'The pages of a session, addresses without secrets (R41).';

create table public.proactive_rules (
  id uuid primary key default gen_random_uuid(),
  channel_id uuid references public.channels (id) on delete cascade,
  name text not null unique constraint proactive_rules_name_check
  check (length(name) between 1 and 100),
  is_enabled boolean not null default true,
  position integer not null default 100,
  url_pattern text constraint proactive_rules_url_pattern_check
  check (length(url_pattern) <= 500 and url_pattern !~ '(\*.*){11}'),
  min_seconds_on_page integer not null default 0
  constraint proactive_rules_min_seconds_on_page_check
  check (min_seconds_on_page between 0 and 3600),
  min_visits integer not null default 1,
  once_in_days integer default 7 constraint proactive_rules_once_in_days_check
  check (once_in_days between 0 and 3650),
  languages text[],
  only_in_office_hours boolean not null default false,
  texts jsonb not null constraint proactive_rules_texts_check
  check (jsonb_typeof(texts) = 'object' and texts <> '{}'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index proactive_rules_channel_id_idx on public.proactive_rules (channel_id);

comment on table public.proactive_rules is
'When the website speaks first (R42): the first rule by position that fits a visitor.';
comment on column public.proactive_rules.channel_id is 'Null: on every widget.';
comment on column public.proactive_rules.url_pattern is
'Of the page, with * for anything, ten at most: https://shop.example.com/cart*; null: any page.';
comment on column public.proactive_rules.min_visits is 'From their how many-th visit on.';
comment on column public.proactive_rules.once_in_days is
'A visitor is shown it once in so many days; null: once and never again.';
comment on column public.proactive_rules.languages is
'For browsers that ask for one of these, as {en,de}; null: any.';
comment on column public.proactive_rules.texts is
'What it says by language: {"en": "…", "de": "…"}.';

create table public.proactive_shows (
  id uuid primary key default gen_random_uuid(),
  rule_id uuid not null references public.proactive_rules (id) on delete cascade,
  visitor_id uuid not null references auth.users (id) on delete cascade,
  channel_id uuid not null references public.channels (id) on delete cascade,
  session_id uuid references public.visitor_sessions (id) on delete set null,
  conversation_id uuid references public.conversations (id) on delete set null,
  text text not null,
  shown_at timestamptz not null default clock_timestamp(),
  answered_at timestamptz
);

create index proactive_shows_visitor_id_idx
on public.proactive_shows (visitor_id, rule_id, shown_at);
create index proactive_shows_rule_id_idx on public.proactive_shows (rule_id);
create index proactive_shows_channel_id_idx on public.proactive_shows (channel_id);
create index proactive_shows_session_id_idx on public.proactive_shows (session_id);
create index proactive_shows_conversation_id_idx on public.proactive_shows (conversation_id);
create index proactive_shows_shown_at_idx on public.proactive_shows using brin (shown_at);

comment on table public.proactive_shows is 'To whom a rule has spoken, and who has answered.';

create table private.unread_chats (
  conversation_id uuid primary key references public.conversations (id) on delete cascade,
  due_at timestamptz not null
);

create index unread_chats_due_at_idx on private.unread_chats (due_at);

comment on table private.unread_chats is
'Conversations on the website with answers that their visitor may have left unread, and when to
look.';

-- sql/knowledge/tables.sql
create table public.knowledge_articles (
  id uuid primary key default gen_random_uuid(),
  title text not null constraint knowledge_articles_title_check
  check (length(btrim(title)) between 1 and 500),
  body text not null constraint knowledge_articles_body_check
  check (length(body) between 1 and 200000),
  language text not null default 'en',
  phrasings text[] not null default '{}',
  source_url text,
  is_published boolean not null default true,
  valid_from timestamptz,
  valid_until timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table public.knowledge_articles is 'What the AI may answer from (R53).';
comment on column public.knowledge_articles.phrasings is
'Ways customers ask for this article; ten of them help more than any algorithm.';
comment on column public.knowledge_articles.version is 'Rises with every change of the text.';
comment on column public.knowledge_articles.is_published is
'Nothing else is answered from or shown to customers.';
comment on column public.knowledge_articles.valid_until is
'The first moment at which it no longer holds; null means for ever.';

-- to_tsvector needs a constant configuration to be indexed: the chunk keeps its own.
create table public.knowledge_chunks (
  id uuid primary key default gen_random_uuid(),
  article_id uuid not null references public.knowledge_articles (id) on delete cascade,
  kind text not null constraint knowledge_chunks_kind_check
  check (kind in ('title', 'body', 'phrasing')),
  position integer not null,
  language text not null,
  content text not null,
  terms tsvector not null,
  embedding extensions.vector(384),
  embedding_model text,
  embed_lease_until timestamptz,
  constraint knowledge_chunks_embedding_model_check
  check ((embedding is null) = (embedding_model is null))
);

create index knowledge_chunks_article_id_idx on public.knowledge_chunks (article_id);
create index knowledge_chunks_terms_idx on public.knowledge_chunks using gin (terms);
create index knowledge_chunks_embedding_model_idx
on public.knowledge_chunks (embedding_model, language);
create index knowledge_chunks_embedding_idx
on public.knowledge_chunks using hnsw (embedding extensions.vector_ip_ops);

comment on table public.knowledge_chunks is
'Articles in searchable pieces: title, paragraphs, phrasings. Made by trigger, never by hand.';
comment on column public.knowledge_chunks.embedding is
'Meaning as a unit vector of 384 numbers, null where no embedding model is set up.';
comment on column public.knowledge_chunks.embedding_model is
'Whose vector it is: vectors of two models are never compared.';
comment on column public.knowledge_chunks.embed_lease_until is
'Until when a worker is at its vector.';
comment on column public.knowledge_chunks.terms is
'Its words in their stems, as its language has them.';

create table private.knowledge_terms (
  language text not null,
  term text not null,
  articles integer not null,
  primary key (language, term)
);

create index knowledge_terms_language_idx on private.knowledge_terms (language)
where term = '';

comment on table private.knowledge_terms is
'In how many articles of a language a term occurs: what makes rare words weigh more. Of the empty
term: how many articles there are. What was not folded in yet stands in knowledge_term_changes.';

-- Editors only append here: they neither wait for one another nor write a common word's row again
-- for every article of an import.
create table private.knowledge_term_changes (
  id bigint generated always as identity primary key,
  language text not null,
  term text not null,
  articles integer not null
);

create index knowledge_term_changes_term_idx
on private.knowledge_term_changes (language, term);

create index knowledge_term_changes_language_idx on private.knowledge_term_changes (language)
where term = '';

comment on table private.knowledge_term_changes is
'Changes of knowledge_terms that fold_terms has not added yet; whoever reads the one reads both.';

create type private.sought_word as (
  query tsquery,
  near tsquery,
  runs text [],
  articles integer,
  weight double precision
);

comment on type private.sought_word is
'A word of a question as it is looked for: as a term, as what begins like it, by its runs of
letters; with the number of articles that have the term, and its weight.';

-- sql/ai/tables.sql
create table public.ai_settings (
  id uuid primary key default gen_random_uuid(),
  channel_type text,
  language text,
  is_enabled boolean not null default true,
  confidence_threshold double precision not null default 0.7
  constraint ai_settings_confidence_threshold_check check (confidence_threshold between 0 and 1),
  instructions text not null default '' constraint ai_settings_instructions_check
  check (length(instructions) <= 20000),
  answers_per_hour integer constraint ai_settings_answers_per_hour_check
  check (answers_per_hour >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint ai_settings_scope_key unique nulls not distinct (channel_type, language)
);

comment on table public.ai_settings is
'How the AI answers (R50, R120); the row closest to channel and language holds, null means any.';
comment on column public.ai_settings.confidence_threshold is
'An answer counts only above it (R50).';
comment on column public.ai_settings.answers_per_hour is
'E-mail: so many answers of AI and system one sender gets in an hour, then people; null is five.';
comment on column public.ai_settings.instructions is
'What the model is told of tone and limits (R120).';

create domain private.turn_state as text constraint turn_state_check
check (value in ('waiting', 'running', 'done', 'cancelled'));
create domain private.turn_outcome as text constraint turn_outcome_check
check (
  value in ('answered', 'clarified', 'handed_over', 'taken_over', 'superseded', 'dead')
);

comment on domain private.turn_state is 'How far a turn of the AI has come.';
comment on domain private.turn_outcome is 'How a turn of the AI ended.';

create table private.reply_jobs (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  first_message_id uuid not null,
  first_seq integer not null,
  last_seq integer not null,
  epoch integer not null,
  state private.turn_state not null default 'waiting',
  outcome private.turn_outcome,
  reason text,
  attempt integer not null default 0,
  not_before timestamptz not null,
  deadline timestamptz not null,
  worker text,
  lease_until timestamptz,
  reply_message_id uuid,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  constraint reply_jobs_final_check check ((state in ('done', 'cancelled')) = (outcome is not null))
)
with (fillfactor = 70);

create unique index reply_jobs_open_key on private.reply_jobs (conversation_id)
where state in ('waiting', 'running');
create index reply_jobs_conversation_id_idx on private.reply_jobs (conversation_id);
create index reply_jobs_dead_idx on private.reply_jobs (created_at) where outcome = 'dead';
create index reply_jobs_due_idx on private.reply_jobs (deadline)
where state in ('waiting', 'running');

comment on table private.reply_jobs is
'A turn of the AI: opened by the first unanswered customer message, closed by one reply, a hand-over
or a person (I2).';
comment on column private.reply_jobs.attempt is
'The fence: rises at every claim and every newer message; an older claim writes nothing (I7).';
comment on column private.reply_jobs.deadline is
'Six seconds after the first unanswered message, by the clock of the database (R48).';
comment on column private.reply_jobs.not_before is
'A short wait for more messages of the same burst (R122).';
comment on column private.reply_jobs.epoch is
'The conversation''s, when the turn was opened or last joined.';
comment on column private.reply_jobs.state is
'waiting, running (claimed), done or cancelled; the last two have an outcome.';

create table public.ai_runs (
  id uuid primary key default gen_random_uuid(),
  reply_job_id uuid not null,
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  message_id uuid references public.messages (id) on delete set null,
  attempt integer not null,
  outcome text not null,
  reason text,
  model text,
  wire text,
  confidence double precision,
  sources jsonb not null default '[]',
  question text,
  reply text,
  input_tokens integer,
  output_tokens integer,
  is_estimated boolean not null default false,
  latency_ms integer,
  error text,
  created_at timestamptz not null default clock_timestamp()
);

create index ai_runs_conversation_id_idx on public.ai_runs (conversation_id, created_at);
create index ai_runs_message_id_idx on public.ai_runs (message_id);
create index ai_runs_reply_job_id_idx on public.ai_runs (reply_job_id);

comment on table public.ai_runs is
'Every run of a model: what it was asked, on what it rests, what came of it (U5).';
comment on column public.ai_runs.outcome is
'answered, clarified, handed_over, or fenced when the reply came too late to count.';
comment on column public.ai_runs.sources is
'What the reply rests on: [{article_id, chunk_id, title}].';
comment on column public.ai_runs.is_estimated is
'True when the model told no token counts and we guessed them.';

-- sql/pipeline/tables.sql
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

comment on table private.inbound_events is
'The bytes a platform sent, unaltered, kept in the transaction that stored what they say (I10,
U1).';
comment on column private.inbound_events.state is
'failed: authentic, but nothing could be made of it; a dead letter until it is replayed.';
comment on column private.inbound_events.headers is
'Of the request; signatures and secrets are left out.';

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
comment on column private.replay_requests.report is 'What the last replay changed (replay_events).';

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

-- sql/core/actor_role.sql
-- Without claims the role that was taken on decides, so that a forgotten claim opens nothing; a
-- security definer does not change it.
create or replace function private.actor_role()
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when coalesce(
      (select auth.jwt()) ->> 'role', nullif(current_setting('role'), 'none'), 'service_role'
    ) in ('service_role', 'postgres') then 'service'
    when (select private.is_admin()) then 'admin'
    when (select private.is_agent()) then 'agent'
    else 'visitor'
  end;
$$;

comment on function private.actor_role is
'Who is asking: service (our own processes), admin, agent or visitor.';
revoke all on function private.actor_role from public;
grant execute on function private.actor_role to authenticated, service_role;

-- sql/core/audit.sql
-- Security definer: callers may add to the log only through here, with their own name.
create or replace function private.audit(
  p_action text,
  p_subject text,
  p_subject_id text,
  p_details jsonb default '{}'
)
returns void
language sql
volatile
security definer
set search_path = ''
as $$
  insert into public.audit_log (actor_id, actor_role, action, subject, subject_id, details)
  values (
    (select auth.uid()), (select private.actor_role()), p_action, p_subject, p_subject_id, p_details
  );
$$;

comment on function private.audit is
'Writes one line of the audit log in the caller''s name (R83).';
revoke all on function private.audit from public;
grant execute on function private.audit to authenticated, service_role;

-- sql/core/audit_change.sql
-- Security definer: the log is closed to everybody who changes the audited table.
create or replace function private.audit_change()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_new jsonb := to_jsonb(new);
  v_old jsonb := to_jsonb(old);
begin
  perform private.audit(
    lower(tg_op),
    tg_table_name,
    coalesce(v_new, v_old) ->> 'id',
    jsonb_build_object('columns', (
      select jsonb_agg(changed.key order by changed.key)
      from jsonb_object_keys(coalesce(v_new, v_old)) as changed (key)
      where v_new -> changed.key is distinct from v_old -> changed.key
    ))
  );
  return null;
end;
$$;

comment on function private.audit_change is
'Trigger: logs who changed which columns of a row, without their contents.';
revoke all on function private.audit_change from public;

create trigger audit_agents after insert or update or delete on public.agents
for each row execute function private.audit_change();

-- sql/core/base64url_decode.sql
create or replace function private.base64url_decode(p_text text)
returns bytea
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when p_text ~ '^[A-Za-z0-9_-]*$' and length(p_text) % 4 <> 1 then decode(
      translate(p_text, '-_', '+/') || repeat('=', (4 - length(p_text) % 4) % 4), 'base64'
    )
  end;
$$;

comment on function private.base64url_decode is
'The bytes of base64url text without padding (RFC 4648, 5); null for anything else.';
revoke all on function private.base64url_decode from public;
grant execute on function private.base64url_decode to service_role;

-- sql/core/broadcast.sql
-- Security definer: whoever writes a message need not be allowed to broadcast.
-- The rows are those realtime.send() would write, but one statement and one savepoint serve a whole
-- batch. Like there, a failing doorbell never takes the message down with it.
create or replace function private.broadcast(
  p_topics text[],
  p_events text[],
  p_payloads jsonb[]
)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into realtime.messages (topic, event, payload, extension, private)
  select rings.topic, rings.event, rings.payload, 'broadcast', true
  from unnest(p_topics, p_events, p_payloads) as rings (topic, event, payload);
exception
  when others then
    raise warning 'broadcast of % messages failed: %', cardinality(p_topics), sqlerrm;
end;
$$;

comment on function private.broadcast is
'Rings private Realtime topics: the i-th payload as the i-th event on the i-th topic.';
revoke all on function private.broadcast from public;
grant execute on function private.broadcast to service_role;

-- sql/core/claims_of_jwt.sql
-- A token lies in a page for all to copy, so that one which lives longer than a day is refused; a
-- minute is allowed for clocks that differ. The signature is always made and compared as a hash, so
-- that the time this takes tells nothing of how far a guess was right.
create or replace function private.claims_of_jwt(p_token text, p_secret text)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_parts text[] := string_to_array(left(p_token, 8192), '.');
  v_signature bytea := private.hmac_sha256(
    convert_to(p_secret, 'UTF8'), convert_to(v_parts[1] || '.' || v_parts[2], 'UTF8')
  );
  v_header jsonb := private.json_of(private.base64url_decode(v_parts[1]));
  v_claims jsonb := private.json_of(private.base64url_decode(v_parts[2]));
  v_now double precision := extract(epoch from clock_timestamp());
begin
  if (
    cardinality(v_parts) = 3
    and length(p_secret) >= 16
    and sha256(v_signature) = sha256(private.base64url_decode(v_parts[3]))
    and v_header ->> 'alg' = 'HS256'
    and not v_header ? 'crit'
    and jsonb_typeof(v_claims) = 'object'
    and private.seconds_of(v_claims -> 'exp') > v_now
    and private.seconds_of(v_claims -> 'exp') <= v_now + 86460
    and (not v_claims ? 'nbf' or private.seconds_of(v_claims -> 'nbf') <= v_now + 60)
    and (not v_claims ? 'iat' or private.seconds_of(v_claims -> 'iat') <= v_now + 60)
  ) is true then
    return v_claims;
  end if;
  return null;
end;
$$;

comment on function private.claims_of_jwt is
'What a JSON Web Token of a customer''s site says, if it is signed with the secret (HS256 alone), is
valid now and ends within a day; null otherwise.';
revoke all on function private.claims_of_jwt from public;
grant execute on function private.claims_of_jwt to service_role;

-- sql/core/ensure_agent.sql
create or replace function private.ensure_agent(
  p_user uuid,
  p_email text,
  p_name text,
  p_role text default 'agent'
)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into public.agents (id, email, name, role)
  values (p_user, lower(p_email), p_name, p_role)
  on conflict (id) do update
    set email = excluded.email, name = excluded.name, role = excluded.role, is_active = true
  returning id;
$$;

comment on function private.ensure_agent is
'Makes an auth user an active agent (or admin), or updates who they are; returns their id.';
revoke all on function private.ensure_agent from public;
grant execute on function private.ensure_agent to service_role;

-- sql/core/heartbeat.sql
create or replace function private.heartbeat(p_kind text, p_name text, p_state jsonb default '{}')
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into private.processes (kind, name, state)
  values (p_kind, p_name, coalesce(p_state, '{}'))
  on conflict (name) do update
    set state = excluded.state, seen_at = clock_timestamp();
$$;

comment on function private.heartbeat is
'A process says once a second that it lives, and how it is (worker, webhooks, gateway).';
revoke all on function private.heartbeat from public;
grant execute on function private.heartbeat to service_role;

-- sql/core/hmac_sha256.sql
-- Written out, as pgcrypto is not to be had everywhere. 54 and 92 are the paddings of RFC 2104.
create or replace function private.hmac_sha256(p_key bytea, p_message bytea)
returns bytea
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_key bytea := case when length(p_key) > 64 then sha256(p_key) else p_key end;
  v_inner bytea;
  v_outer bytea;
begin
  v_key := v_key || decode(repeat('00', 64 - length(v_key)), 'hex');
  v_inner := v_key;
  v_outer := v_key;
  for v_place in 0 .. 63 loop
    v_inner := set_byte(v_inner, v_place, get_byte(v_key, v_place) # 54);
    v_outer := set_byte(v_outer, v_place, get_byte(v_key, v_place) # 92);
  end loop;
  return sha256(v_outer || sha256(v_inner || p_message));
end;
$$;

comment on function private.hmac_sha256 is
'HMAC-SHA256 (RFC 2104) of a message, on the built-in sha256; null for a null.';
revoke all on function private.hmac_sha256 from public;
grant execute on function private.hmac_sha256 to service_role;

-- sql/core/is_admin.sql
-- Security definer: policies on agents itself need it, a plain select would recurse.
create or replace function private.is_admin()
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select 1
    from public.agents
    where agents.id = (select auth.uid()) and agents.is_active and agents.role = 'admin'
  );
$$;

comment on function private.is_admin is 'Whether the caller is an active admin.';
revoke all on function private.is_admin from public;
grant execute on function private.is_admin to authenticated, service_role;

-- sql/core/is_agent.sql
-- Security definer: policies on agents itself need it, a plain select would recurse.
create or replace function private.is_agent()
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select 1
    from public.agents
    where agents.id = (select auth.uid()) and agents.is_active
  );
$$;

comment on function private.is_agent is 'Whether the caller is an active agent.';
revoke all on function private.is_agent from public;
grant execute on function private.is_agent to authenticated, service_role;

-- sql/core/json_of.sql
create or replace function private.json_of(p_bytes bytea)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_text text;
begin
  v_text := convert_from(p_bytes, 'UTF8');
  return case when pg_input_is_valid(v_text, 'jsonb') then v_text::jsonb end;
exception
  when character_not_in_repertoire then
    return null;
end;
$$;

comment on function private.json_of is
'The json in these bytes; null where they are neither UTF-8 nor json.';
revoke all on function private.json_of from public;
grant execute on function private.json_of to service_role;

-- sql/core/keep_an_admin.sql
-- Security definer: an admin who has just stepped down sees too little to know who is left.
-- The lock makes two admins who remove each other at once wait for one another.
create or replace function private.keep_an_admin()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtext('private.keep_an_admin'));
  if not exists (
    select 1
    from public.agents
    where agents.role = 'admin' and agents.is_active
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('agent %s is the last active admin', old.id),
      hint = 'make somebody else an admin first';
  end if;
  return null;
end;
$$;

comment on function private.keep_an_admin is
'Trigger: the last active admin can be neither removed nor demoted nor shut out.';
revoke all on function private.keep_an_admin from public;

create trigger keep_an_admin after update or delete on public.agents
for each row when (old.role = 'admin' and old.is_active)
execute function private.keep_an_admin();

-- sql/core/milliseconds.sql
create or replace function private.milliseconds(p_interval interval)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  select extract(epoch from p_interval)::double precision * 1000;
$$;

comment on function private.milliseconds is 'An interval in milliseconds.';
revoke all on function private.milliseconds from public;
grant execute on function private.milliseconds to authenticated, service_role;

-- sql/core/number_of.sql
create or replace function private.number_of(p_value jsonb)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when jsonb_typeof(p_value) = 'number' and abs((p_value #>> '{}')::numeric) < 2e9
      then (p_value #>> '{}')::double precision
  end;
$$;

comment on function private.number_of is
'A json number that fits an integer column; null for anything else.';
revoke all on function private.number_of from public;
grant execute on function private.number_of to service_role;

-- sql/core/refuse_change.sql
create or replace function private.refuse_change()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT403',
    message = format('%s is append-only', tg_table_name),
    hint = 'rows are only added; nobody changes or removes them';
end;
$$;

comment on function private.refuse_change is
'Trigger: keeps a table append-only, for its owner too.';
revoke all on function private.refuse_change from public;

create trigger refuse_change_audit_log before update or delete on public.audit_log
for each row execute function private.refuse_change();

create trigger refuse_truncate_audit_log before truncate on public.audit_log
for each statement execute function private.refuse_change();

-- sql/core/require_admin.sql
create or replace function private.require_admin()
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if (select private.actor_role()) not in ('service', 'admin') then
    raise exception using
      errcode = 'PT403',
      message = 'only admins may do this',
      hint = 'ask an admin, or run it as the service';
  end if;
end;
$$;

comment on function private.require_admin is
'Raises PT403 unless the caller is an active admin or one of our own processes.';
revoke all on function private.require_admin from public;
grant execute on function private.require_admin to authenticated, service_role;

-- sql/core/require_agent.sql
create or replace function private.require_agent()
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if (select private.actor_role()) = 'visitor' then
    raise exception using
      errcode = 'PT403',
      message = 'only agents may do this',
      hint = 'sign in as an active agent';
  end if;
end;
$$;

comment on function private.require_agent is
'Raises PT403 unless the caller is an active agent or one of our own processes.';
revoke all on function private.require_agent from public;
grant execute on function private.require_agent to authenticated, service_role;

-- sql/core/require_pace.sql
-- Security definer: nobody may write their own count.
-- A refusal undoes its own count, so that the window ends when it would have ended anyway.
create or replace function private.require_pace(
  p_subject text,
  p_limit integer,
  p_window interval
)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into private.paces as running (subject, count)
  values (p_subject, 1)
  on conflict (subject) do update
    set
      started_at = case
        when running.started_at > clock_timestamp() - p_window then running.started_at
        else clock_timestamp()
      end,
      count = case
        when running.started_at > clock_timestamp() - p_window then running.count + 1
        else 1
      end
  returning running.count into v_count;

  if v_count > p_limit then
    raise exception using
      errcode = 'PT429',
      message = format('more than %s times in %s', p_limit, p_window),
      hint = 'wait a moment';
  end if;
end;
$$;

comment on function private.require_pace is
'Counts that somebody does something (p_subject names both) and raises PT429 when it is more than
p_limit times in a window.';
revoke all on function private.require_pace from public;
grant execute on function private.require_pace to authenticated, service_role;

-- sql/core/seconds_of.sql
create or replace function private.seconds_of(p_value jsonb)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when jsonb_typeof(p_value) = 'number' and (p_value #>> '{}')::numeric between 0 and 1e11
      then (p_value #>> '{}')::double precision
  end;
$$;

comment on function private.seconds_of is
'A json number that is a moment in seconds since 1970; null for anything else.';
revoke all on function private.seconds_of from public;
grant execute on function private.seconds_of to service_role;

-- sql/core/texts_of.sql
create or replace function private.texts_of(p_list jsonb)
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return array(
    select listed.item
    from jsonb_array_elements_text(
      case when jsonb_typeof(p_list) = 'array' then p_list else '[]' end
    ) with ordinality as listed (item, place)
    where listed.item is not null
    order by listed.place
  );
end;
$$;

comment on function private.texts_of is
'A JSON list as an array of texts, in its order; empty for anything that is no list.';
revoke all on function private.texts_of from public;
grant execute on function private.texts_of to service_role;

-- sql/core/touch_updated_at.sql
create or replace function private.touch_updated_at()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end;
$$;

comment on function private.touch_updated_at is
'Trigger: stamps updated_at where the statement itself did not.';
revoke all on function private.touch_updated_at from public;

create trigger touch_agents before update on public.agents
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

-- sql/core/worker_lives.sql
create or replace function private.worker_lives(p_worker text)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select exists (
    select 1
    from private.processes
    where processes.name = p_worker
      and processes.seen_at > statement_timestamp() - interval '2.5 seconds'
  );
$$;

comment on function private.worker_lives is
'Whether a process has shown itself within 2.5 seconds; it does so every second.';
revoke all on function private.worker_lives from public;
grant execute on function private.worker_lives to service_role;

-- sql/channels/accepts_file.sql
create or replace function private.accepts_file(
  p_channel_id uuid,
  p_mime_type text,
  p_size bigint
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.website_settings
    where website_settings.channel_id = p_channel_id
      and website_settings.max_upload_bytes > 0
      and coalesce(p_size <= website_settings.max_upload_bytes, true)
      and (
        p_mime_type is null
        or lower(split_part(p_mime_type, ';', 1)) = any (website_settings.allowed_mime_types)
        or lower(split_part(p_mime_type, '/', 1)) || '/*'
        = any (website_settings.allowed_mime_types)
      )
  );
end;
$$;

comment on function private.accepts_file is
'Whether visitors of a widget may send a file of this kind and size; what is null is not known yet
and not asked.';
revoke all on function private.accepts_file from public;
grant execute on function private.accepts_file to service_role;

-- sql/channels/add_website_settings.sql
-- Security definer: whoever opens a channel need not be allowed to write its settings.
create or replace function private.add_website_settings()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into public.website_settings (channel_id)
  values (new.id)
  on conflict (channel_id) do nothing;
  return null;
end;
$$;

comment on function private.add_website_settings is
'Trigger: gives every widget its settings.';
revoke all on function private.add_website_settings from public;

create trigger add_website_settings after insert on public.channels
for each row when (new.type = 'website')
execute function private.add_website_settings();

-- sql/channels/apply_template_news.sql
-- The news names the business, whose numbers share their templates: all channels of the type.
create or replace function private.apply_template_news(
  p_channel_type text,
  p_name text,
  p_data jsonb
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update public.message_templates
  set
    status = case when p_name = 'message_template_status_update'
      then lower(coalesce(p_data ->> 'event', message_templates.status))
      else message_templates.status end,
    quality = coalesce(lower(p_data ->> 'new_quality_score'), message_templates.quality),
    category = coalesce(lower(p_data ->> 'new_category'), message_templates.category),
    body = case when p_name = 'message_template_components_update'
      then coalesce(p_data ->> 'message_template_element', message_templates.body)
      else message_templates.body end
  from public.channels
  where channels.id = message_templates.channel_id
    and channels.type = p_channel_type
    and message_templates.external_id = p_data ->> 'message_template_id';
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.apply_template_news is
'What a platform says of a template: that it may or may not be used, its words, quality, category.
Returns how many rows changed; the next reading of the list has the rest.';
revoke all on function private.apply_template_news from public;
grant execute on function private.apply_template_news to service_role;

-- sql/channels/channel_accounts.sql
create or replace function private.channel_accounts()
returns setof jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'channel_id', channels.id,
    'type', channels.type,
    'account', channels.account,
    'options', channels.options,
    'secrets', jsonb_agg(
      jsonb_build_object(
        'id', channel_secrets.id,
        'name', channel_secrets.name,
        'value', encode(channel_secrets.value, 'base64'),
        'retired_at', channel_secrets.retired_at
      )
      order by channel_secrets.name, channel_secrets.updated_at desc
    )
  )
  from public.channels
  join private.channel_secrets on channels.id = channel_secrets.channel_id
  where channels.is_enabled
    and (channel_secrets.retired_at is null or channel_secrets.retired_at > clock_timestamp())
  group by channels.id
  order by channels.type, channels.account;
$$;

comment on function private.channel_accounts is
'The accounts whose secrets are kept here, each {channel_id, type, account, options, secrets: [{id,
name, value (encrypted, base64), retired_at}]}, the newest secret of a name first.';
revoke all on function private.channel_accounts from public;
grant execute on function private.channel_accounts to service_role;

-- sql/channels/channel_for.sql
create or replace function private.channel_for(p_type text, p_channel_id uuid)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_channel_id is null then
    return private.default_channel(p_type);
  end if;

  perform 1
  from public.channels
  where channels.id = p_channel_id and channels.type = p_type and channels.is_enabled;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no open channel %s of the type %s', p_channel_id, p_type);
  end if;
  return p_channel_id;
end;
$$;

comment on function private.channel_for is
'The channel that is meant: this one, if it is open and of the type, or the first of its type.
PT404.';
revoke all on function private.channel_for from public;
grant execute on function private.channel_for to service_role;

-- sql/channels/channel_guards.sql
create or replace function private.channel_guards()
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(guards.type, guards.rules), '{}')
  from (
    select
      channels.type,
      jsonb_build_object(
        'addresses', case when bool_and(channels.allowed_addresses <> '{}') then
          (jsonb_path_query_array(
            jsonb_agg(channels.allowed_addresses), '$[*][*]'
          ))
        else '[]' end,
        'rate', case when bool_and(channels.rate_per_minute is not null)
          then sum(channels.rate_per_minute) end
      ) as rules
    from public.channels
    where channels.is_enabled
    group by channels.type
  ) as guards;
$$;

comment on function private.channel_guards is
'From where, and how many a minute, webhooks of each type are taken: {type: {addresses, rate}}. For
whose account one is shows only when it is read, so a type is limited where all its accounts are.';
revoke all on function private.channel_guards from public;
grant execute on function private.channel_guards to service_role;

-- sql/channels/channels_of.sql
create or replace function private.channels_of(p_types text[], p_accounts text[] default null)
returns uuid[]
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(array_agg(channels.id), '{}')
  from public.channels
  where channels.type = any (p_types)
    and (p_accounts is null or channels.account = any (p_accounts));
$$;

comment on function private.channels_of is
'The channels of these types, of these accounts of theirs or (null) of all.';
revoke all on function private.channels_of from public;
grant execute on function private.channels_of to service_role;

-- sql/channels/check_time_zone.sql
create or replace function private.check_time_zone()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1
    from pg_catalog.pg_timezone_names
    where pg_timezone_names.name = new.time_zone
  ) then
    raise exception using
      errcode = 'PT400',
      message = format('unknown time zone %s', left(new.time_zone, 100)),
      hint = 'a name as Europe/Berlin, so that summer time is known';
  end if;
  return new;
end;
$$;

comment on function private.check_time_zone is
'Trigger: refuses a time zone that the database does not know. PT400.';
revoke all on function private.check_time_zone from public;

create trigger check_time_zone before insert or update on public.office_settings
for each row execute function private.check_time_zone();

create trigger audit_office_hours after insert or update or delete on public.office_hours
for each row execute function private.audit_change();

create trigger audit_office_closures after insert or update or delete on public.office_closures
for each row execute function private.audit_change();

-- sql/channels/check_website_settings.sql
create or replace function private.check_website_settings()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_origin text;
begin
  foreach v_origin in array new.allowed_origins loop
    if v_origin !~ '^https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$' then
      raise exception using
        errcode = 'PT400',
        message = format('%s is no origin', left(v_origin, 100)),
        hint = 'as https://shop.example.com, https://*.example.com or http://localhost:3000';
    end if;
  end loop;

  if array_to_string(new.allowed_mime_types, ' ') !~ '^([a-z]+/([a-z0-9.+-]+|\*) ?)*$' then
    raise exception using
      errcode = 'PT400',
      message = 'a kind of file has the form image/png or image/*';
  end if;
  return new;
end;
$$;

comment on function private.check_website_settings is
'Trigger: refuses origins and kinds of files that could never match. PT400.';
revoke all on function private.check_website_settings from public;

create trigger check_website_settings
before insert or update of allowed_origins, allowed_mime_types on public.website_settings
for each row execute function private.check_website_settings();

create trigger touch_website_settings before update on public.website_settings
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_website_settings after insert or update or delete on public.website_settings
for each row execute function private.audit_change();

-- sql/channels/default_channel.sql
create or replace function private.default_channel(p_type text)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid;
begin
  if p_type is null
    or p_type not in ('website', 'email', 'whatsapp', 'instagram', 'messenger', 'telegram') then
    raise exception using
      errcode = 'PT400',
      message = format('unknown channel %s', coalesce(p_type, 'null')),
      hint = 'one of website, email, whatsapp, instagram, messenger, telegram';
  end if;

  select channels.id into v_channel_id
  from public.channels
  where channels.type = p_type and channels.is_enabled
  order by channels.created_at, channels.id
  limit 1;
  return coalesce(v_channel_id, private.register_channel(p_type, 'default', p_type));
end;
$$;

comment on function private.default_channel is
'The first enabled channel of a type, made when there is none; PT400 for an unknown type.';
revoke all on function private.default_channel from public;
grant execute on function private.default_channel to service_role;

-- sql/channels/identity_secrets.sql
create or replace function private.identity_secrets(p_channel_id uuid)
returns setof text
language sql
stable
security invoker
set search_path = ''
as $$
  select website_secrets.secret
  from private.website_secrets
  where website_secrets.channel_id = p_channel_id
    and coalesce(website_secrets.retired_at > clock_timestamp(), true)
  order by website_secrets.created_at desc;
$$;

comment on function private.identity_secrets is
'The secrets of a widget that sign today, newest first.';
revoke all on function private.identity_secrets from public;
grant execute on function private.identity_secrets to service_role;

-- sql/channels/office_is_open.sql
create or replace function private.office_is_open(
  p_channel_id uuid,
  p_at timestamptz default clock_timestamp()
)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select not exists (
    select 1
    from public.office_hours
    where office_hours.channel_id is null or office_hours.channel_id = p_channel_id
  ) or exists (
    select 1
    from private.office_spans(
      p_channel_id, (p_at at time zone private.office_zone())::date, 0
    ) as spans
    where p_at >= spans.opens_at and p_at < spans.closes_at
  );
$$;

comment on function private.office_is_open is
'Whether people are there at this moment; always, as long as no hours are set.';
revoke all on function private.office_is_open from public;
grant execute on function private.office_is_open to service_role;

-- sql/channels/office_opens_at.sql
create or replace function private.office_opens_at(
  p_channel_id uuid,
  p_at timestamptz default clock_timestamp()
)
returns timestamptz
language sql
stable
security invoker
set search_path = ''
as $$
  select min(spans.opens_at)
  from private.office_spans(
    p_channel_id, (p_at at time zone private.office_zone())::date, 60
  ) as spans
  where spans.opens_at > p_at;
$$;

comment on function private.office_opens_at is
'When the office opens next after a moment; null when it does not within sixty days.';
revoke all on function private.office_opens_at from public;
grant execute on function private.office_opens_at to service_role;

-- sql/channels/office_spans.sql
-- A day's hours are told in local time and turned into moments one by one, so that nine o'clock
-- stays nine o'clock on both sides of a change to summer time.
create or replace function private.office_spans(p_channel_id uuid, p_from date, p_days integer)
returns table (opens_at timestamptz, closes_at timestamptz)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    (days.day::date + office_hours.opens) at time zone zone.name,
    (days.day::date + office_hours.closes) at time zone zone.name
  from generate_series(p_from::timestamp, p_from + p_days, interval '1 day') as days (day)
  join public.office_hours on office_hours.weekday = extract(isodow from days.day)
  cross join private.office_zone() as zone (name)
  where office_hours.channel_id is not distinct from (
    select own.channel_id
    from public.office_hours as own
    where own.channel_id = p_channel_id
    limit 1
  )
  and not exists (
    select 1
    from public.office_closures
    where office_closures.day = days.day::date
      and coalesce(office_closures.channel_id, p_channel_id) is not distinct from p_channel_id
  )
  order by 1;
$$;

comment on function private.office_spans is
'When the office is open, from a day on: the channel''s own hours if it has any, else those of all;
days on which it is closed are left out.';
revoke all on function private.office_spans from public;
grant execute on function private.office_spans to service_role;

-- sql/channels/office_state.sql
-- Security definer: a widget shows when people are there before anybody has signed in.
create or replace function private.office_state(p_channel_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_open boolean := private.office_is_open(p_channel_id);
begin
  return jsonb_build_object(
    'is_open', v_open,
    'opens_at', case when not v_open then private.office_opens_at(p_channel_id) end,
    'time_zone', private.office_zone()
  );
end;
$$;

comment on function private.office_state is
'What everybody may know of the office hours of a channel: {is_open, opens_at, time_zone}.';
revoke all on function private.office_state from public;
grant execute on function private.office_state to anon, authenticated, service_role;

-- sql/channels/office_status.sql
create or replace function public.office_status(p_channel_id uuid default null)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select private.office_state(p_channel_id);
$$;

comment on function public.office_status is
'Whether people are there now, and when next: {is_open, opens_at, time_zone}; for everybody.';
revoke all on function public.office_status from public, anon, authenticated, service_role;
grant execute on function public.office_status to anon, authenticated, service_role;

-- sql/channels/office_zone.sql
create or replace function private.office_zone()
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(
    (
      select office_settings.time_zone
      from public.office_settings
    ),
    'UTC'
  );
$$;

comment on function private.office_zone is
'The time zone in which the office hours are meant; UTC until it is set.';
revoke all on function private.office_zone from public;
grant execute on function private.office_zone to service_role;

-- sql/channels/origin_is_allowed.sql
-- Security definer: visitors need not read the list of origins.
create or replace function private.origin_is_allowed(p_channel_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return private.actor_role() <> 'visitor' or not exists (
    select 1
    from public.website_settings
    where website_settings.channel_id = p_channel_id
      and website_settings.allowed_origins <> '{}'
      and not private.origin_matches(
        private.request_header('origin'), website_settings.allowed_origins
      )
  );
end;
$$;

comment on function private.origin_is_allowed is
'Whether the page that asks may use the widget: it is on the list, or there is no list. Agents and
our own processes are no pages.';
revoke all on function private.origin_is_allowed from public;
grant execute on function private.origin_is_allowed to authenticated, service_role;

-- sql/channels/origin_matches.sql
create or replace function private.origin_matches(p_origin text, p_allowed text[])
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_origin text := regexp_replace(
    lower(p_origin), '^(http://.*):80$|^(https://.*):443$', '\1\2'
  );
  v_allowed text;
  v_parts text[];
begin
  if v_origin is null or v_origin !~ '^https?://[a-z0-9.-]+(:[0-9]{1,5})?$' then
    return false;
  end if;

  foreach v_allowed in array p_allowed loop
    v_allowed := regexp_replace(v_allowed, '^(http://.*):80$|^(https://.*):443$', '\1\2');
    v_parts := regexp_match(v_allowed, '^(https?://)\*(\..*)$');
    if v_origin = v_allowed
      or (
        starts_with(v_origin, v_parts[1])
        and right(v_origin, length(v_parts[2])) = v_parts[2]
        and length(v_origin) > length(v_parts[1]) + length(v_parts[2])
      ) then
      return true;
    end if;
  end loop;
  return false;
end;
$$;

comment on function private.origin_matches is
'Whether a page''s origin is one of those allowed: scheme, host and port as they are, or any
subdomain of https://*.example.com (not example.com itself).';
revoke all on function private.origin_matches from public;
grant execute on function private.origin_matches to service_role;

-- sql/channels/probe_delay.sql
create or replace function private.probe_delay(p_probes integer)
returns interval
language sql
immutable
security invoker
set search_path = ''
as $$
  select (array['30 seconds', '1 minute', '2 minutes', '5 minutes'])[least(p_probes, 4)]::interval;
$$;

comment on function private.probe_delay is
'How long after the n-th refusal of our account one message tries again (R76).';
revoke all on function private.probe_delay from public;
grant execute on function private.probe_delay to service_role;

-- sql/channels/register_channel.sql
create or replace function private.register_channel(p_type text, p_account text, p_name text)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid;
begin
  select channels.id into v_channel_id
  from public.channels
  where channels.type = p_type and channels.account = p_account;

  if v_channel_id is not null then
    return v_channel_id;
  end if;

  insert into public.channels (type, account, name, service_window, max_text_length)
  values (
    p_type,
    p_account,
    coalesce(nullif(p_name, ''), p_type),
    case when p_type in ('whatsapp', 'instagram', 'messenger') then interval '24 hours' end,
    case p_type
      when 'whatsapp' then 4096 when 'telegram' then 4096
      when 'messenger' then 2000 when 'instagram' then 1000
    end
  )
  on conflict (type, account) do update set name = excluded.name
  returning id into v_channel_id;
  return v_channel_id;
end;
$$;

comment on function private.register_channel is
'The channel of an account, made when it is new, with its platform''s limits; returns its id.';
revoke all on function private.register_channel from public;
grant execute on function private.register_channel to service_role;

create trigger audit_channels
after update of name, is_enabled, fallback_channel_id, fallback_after, expected_silence,
allowed_addresses, rate_per_minute or delete on public.channels
for each row execute function private.audit_change();

create trigger touch_channels before update on public.channels
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

-- sql/channels/replace_value.sql
create or replace function private.replace_value(p_id uuid, p_old text, p_new text)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.channel_secrets
  set value = decode(p_new, 'base64')
  where channel_secrets.id = p_id and channel_secrets.value = decode(p_old, 'base64');
  return found;
end;
$$;

comment on function private.replace_value is
'The same secret encrypted anew (both in base64); false when it was changed or removed meanwhile.';
revoke all on function private.replace_value from public;
grant execute on function private.replace_value to service_role;

-- sql/channels/request_header.sql
create or replace function private.request_header(p_name text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_headers text := nullif(current_setting('request.headers', true), '');
begin
  return case when pg_input_is_valid(v_headers, 'jsonb') then v_headers::jsonb ->> p_name end;
end;
$$;

comment on function private.request_header is
'A header (in lower case) of the API request that is under way; null outside of one, as in a plain
connection to the database.';
revoke all on function private.request_header from public;
grant execute on function private.request_header to authenticated, service_role;

-- sql/channels/require_origin.sql
create or replace function private.require_origin(p_channel_id uuid)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if not private.origin_is_allowed(p_channel_id) then
    raise exception using
      errcode = 'PT403',
      message = format(
        'pages of %s may not use this widget',
        coalesce(left(private.request_header('origin'), 200), 'no origin')
      ),
      hint = 'an admin adds the origin to the allowed_origins of website_settings';
  end if;
end;
$$;

comment on function private.require_origin is
'Raises PT403 for a visitor whose page''s origin is not on the widget''s list.';
revoke all on function private.require_origin from public;
grant execute on function private.require_origin to authenticated, service_role;

-- sql/channels/require_value.sql
create or replace function private.require_value(p_channel_id uuid, p_value bytea)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  -- Two at once must not both be the newest.
  perform 1
  from public.channels
  where channels.id = p_channel_id
  for no key update;

  if not found then
    raise exception using
      errcode = 'PT404', message = format('channel %s not found', p_channel_id);
  elsif p_value is null or encode(substring(p_value from 1 for 4), 'escape') <> 'gAAA' then
    raise exception using
      errcode = 'PT400',
      message = 'a secret is stored encrypted only',
      hint = 'use romashka channel set';
  end if;
end;
$$;

comment on function private.require_value is
'Refuses a secret that is no Fernet token (PT400) or of no channel (PT404), and locks the channel.';
revoke all on function private.require_value from public;
grant execute on function private.require_value to service_role;

-- sql/channels/retire_secret.sql
create or replace function private.retire_secret(
  p_channel_id uuid,
  p_name text,
  p_overlap interval default '0'
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  delete from private.channel_secrets
  where channel_secrets.channel_id = p_channel_id
    and channel_secrets.name = p_name
    and channel_secrets.retired_at < clock_timestamp();

  update private.channel_secrets
  set retired_at = clock_timestamp() + p_overlap
  where channel_secrets.channel_id = p_channel_id
    and channel_secrets.name = p_name
    and coalesce(channel_secrets.retired_at, 'infinity') > clock_timestamp() + p_overlap;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.retire_secret is
'Ends the secrets of a name after so long (at once by default); returns how many. What ended before
is gone.';
revoke all on function private.retire_secret from public;
grant execute on function private.retire_secret to service_role;

-- sql/channels/rotate_identity_secret.sql
-- Two random uuids hold 244 bits of chance; the hash only gives them one shape.
create or replace function private.rotate_identity_secret(
  p_channel_id uuid,
  p_overlap interval default interval '24 hours'
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid := private.website_channel(p_channel_id);
  v_secret text := 'wsid_' || encode(
    sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')), 'hex'
  );
begin
  update private.website_secrets
  set retired_at = clock_timestamp() + p_overlap
  where website_secrets.channel_id = v_channel_id
    and (
      website_secrets.retired_at is null
      or website_secrets.retired_at > clock_timestamp() + p_overlap
    );

  delete from private.website_secrets
  where website_secrets.channel_id = v_channel_id
    and website_secrets.retired_at < clock_timestamp() - interval '7 days';

  insert into private.website_secrets (channel_id, secret)
  values (v_channel_id, v_secret);
  perform private.audit('rotate_identity_secret', 'channels', v_channel_id::text);
  return v_secret;
end;
$$;

comment on function private.rotate_identity_secret is
'Makes the secret with which a customer''s site signs who its visitors are; returns it, this once.
Older ones stay good for p_overlap (24 hours; nothing for one that has leaked). PT404.';
revoke all on function private.rotate_identity_secret from public;
grant execute on function private.rotate_identity_secret to service_role;

-- sql/channels/secrets_after.sql
create or replace function private.secrets_after(p_id uuid, p_limit integer default 100)
returns setof jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'id', channel_secrets.id, 'value', encode(channel_secrets.value, 'base64')
  )
  from private.channel_secrets
  where p_id is null or channel_secrets.id > p_id
  order by channel_secrets.id
  limit p_limit;
$$;

comment on function private.secrets_after is
'Every secret kept, a page at a time, to be encrypted with another key.';
revoke all on function private.secrets_after from public;
grant execute on function private.secrets_after to service_role;

-- sql/channels/sending_channels.sql
create or replace function private.sending_channels(p_types text[], p_accounts text[] default null)
returns uuid[]
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(array_agg(channels.id), '{}')
  from public.channels
  where channels.type = any (p_types)
    and channels.is_enabled
    and channels.retry_at is null
    and coalesce(channels.paused_until <= statement_timestamp(), true)
    and (p_accounts is null or channels.account = any (p_accounts));
$$;

comment on function private.sending_channels is
'The channels of these types, of these accounts of theirs or (null) of all, that may send now: the
platform neither refuses our account nor asks it to wait.';
revoke all on function private.sending_channels from public;
grant execute on function private.sending_channels to service_role;

-- sql/channels/set_channel_status.sql
create or replace function private.set_channel_status(
  p_channel_id uuid,
  p_status text,
  p_reason text default null
)
returns boolean
language sql
volatile
security invoker
set search_path = ''
as $$
  with changed as (
    update public.channels
    set status = p_status, status_reason = p_reason
    where channels.id = p_channel_id
      and (channels.status, channels.status_reason) is distinct from (p_status, p_reason)
    returning channels.id
  )

  select exists (select 1 from changed);
$$;

comment on function private.set_channel_status is
'Notes how a channel fares; true when that is news (R70, R76).';
revoke all on function private.set_channel_status from public;
grant execute on function private.set_channel_status to service_role;

-- sql/channels/set_options.sql
create or replace function private.set_options(p_channel_id uuid, p_options jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set options = jsonb_strip_nulls(channels.options || p_options)
  where channels.id = p_channel_id;

  if not found then
    raise exception using
      errcode = 'PT404', message = format('channel %s not found', p_channel_id);
  end if;
  perform private.audit(
    'set_options', 'channel', p_channel_id::text,
    jsonb_build_object('names', to_jsonb(array(select jsonb_object_keys(p_options) order by 1)))
  );
end;
$$;

comment on function private.set_options is
'Sets options of an account; null removes one. PT404.';
revoke all on function private.set_options from public;
grant execute on function private.set_options to service_role;

-- sql/channels/store_secret.sql
create or replace function private.store_secret(
  p_channel_id uuid,
  p_name text,
  p_value bytea,
  p_overlap interval default '24 hours'
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_id uuid;
begin
  perform private.require_value(p_channel_id, p_value);
  perform private.retire_secret(p_channel_id, p_name, p_overlap);
  insert into private.channel_secrets (channel_id, name, value)
  values (p_channel_id, p_name, p_value)
  returning id into v_id;
  perform private.audit(
    'store_secret', 'channel', p_channel_id::text, jsonb_build_object('name', p_name)
  );
  return v_id;
end;
$$;

comment on function private.store_secret is
'Keeps an encrypted secret of an account as the newest of its name; the one before stays good for so
long. PT400, PT404.';
revoke all on function private.store_secret from public;
grant execute on function private.store_secret to service_role;

-- sql/channels/store_templates.sql
create or replace function private.store_templates(
  p_channel_type text,
  p_account text,
  p_templates jsonb
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid := private.register_channel(p_channel_type, p_account, p_channel_type);
  v_now timestamptz := clock_timestamp();
begin
  insert into public.message_templates (
    channel_id, name, language, external_id, status, category, parameter_format, body, header,
    buttons, components, quality, synced_at
  )
  select distinct on (listed.name, listed.language)
    v_channel_id, listed.name, listed.language, listed.external_id, listed.status,
    listed.category, listed.parameter_format, listed.body, listed.header,
    coalesce(listed.buttons, '[]'), coalesce(listed.components, '[]'), listed.quality, v_now
  from jsonb_to_recordset(p_templates) as listed (
    name text, language text, external_id text, status text, category text,
    parameter_format text, body text, header text, buttons jsonb, components jsonb, quality text
  )
  on conflict (channel_id, name, language) do update
  set
    external_id = excluded.external_id, status = excluded.status, category = excluded.category,
    parameter_format = excluded.parameter_format, body = excluded.body, header = excluded.header,
    buttons = excluded.buttons, components = excluded.components, quality = excluded.quality,
    synced_at = excluded.synced_at;

  delete from public.message_templates
  where message_templates.channel_id = v_channel_id and message_templates.synced_at < v_now;
  return jsonb_array_length(p_templates);
end;
$$;

comment on function private.store_templates is
'Keeps all templates of an account as its platform lists them ([{name, language, external_id,
status, category, parameter_format, body, header, buttons, components, quality}]); what is not
listed any more goes. Returns how many.';
revoke all on function private.store_templates from public;
grant execute on function private.store_templates to service_role;

-- sql/channels/template_call.sql
create or replace function private.template_call(
  p_name text,
  p_language text,
  p_format text,
  p_values jsonb
)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_parameters jsonb := (
    select jsonb_agg(
      jsonb_build_object('type', 'text', 'text', given.value)
      || case
        when p_format = 'named' then jsonb_build_object('parameter_name', given.name)
        else '{}'
      end
      order by length(given.name), given.name
    )
    from jsonb_each_text(p_values) as given (name, value)
  );
begin
  return jsonb_build_object('name', p_name, 'language', jsonb_build_object('code', p_language))
    || case
      when v_parameters is null then '{}'
      else jsonb_build_object('components', jsonb_build_array(
        jsonb_build_object('type', 'body', 'parameters', v_parameters)
      ))
    end;
end;
$$;

comment on function private.template_call is
'A template with the values of its variables ({name: value}) in the form in which it is sent.';
revoke all on function private.template_call from public;
grant execute on function private.template_call to service_role;

-- sql/channels/template_for.sql
-- A header or button with a variable of its own cannot be filled from a text.
create or replace function private.template_for(
  p_channel_id uuid,
  p_content text,
  p_language text default null
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if length(p_content) not between 1 and 2000 then
    return null;
  end if;

  return (
    select private.template_call(
      message_templates.name, message_templates.language, message_templates.parameter_format,
      matches.given
    )
    from public.message_templates
    cross join lateral private.template_values(message_templates.body, p_content)
      as matches (given)
    where message_templates.channel_id = p_channel_id
      and message_templates.status = 'approved'
      and matches.given is not null
      and not exists (
        select 1
        from jsonb_array_elements(message_templates.components) as parts (item)
        where parts.item ->> 'type' <> 'BODY'
          and (
            parts.item ->> 'format' in ('IMAGE', 'VIDEO', 'DOCUMENT', 'LOCATION')
            or parts.item::text like '%{{%'
          )
      )
    order by
      message_templates.language is distinct from p_language,
      split_part(message_templates.language, '_', 1)
      is distinct from split_part(replace(p_language, '-', '_'), '_', 1),
      matches.given <> '{}', message_templates.name, message_templates.language
    limit 1
  );
end;
$$;

comment on function private.template_for is
'The approved template that reads exactly like a text, in the form in which it is sent, or null:
{name, language, components}; one in the customer''s language and without variables first (R28).';
revoke all on function private.template_for from public;
grant execute on function private.template_for to service_role;

-- sql/channels/template_given.sql
create or replace function private.template_given(p_template jsonb)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_given jsonb := coalesce(p_template -> 'parameters', '{}');
  v_named boolean := jsonb_typeof(v_given) = 'object';
begin
  if p_template ? 'components' then
    return private.template_call(p_template ->> 'name', p_template ->> 'language', 'named', '{}')
      || jsonb_build_object('components', p_template -> 'components');
  end if;

  return private.template_call(
    p_template ->> 'name', p_template ->> 'language',
    case when v_named then 'named' else 'positional' end,
    case
      when v_named then v_given
      else (
        select coalesce(jsonb_object_agg(given.place::text, given.value), '{}')
        from jsonb_array_elements(v_given) with ordinality as given (value, place)
      )
    end
  );
end;
$$;

comment on function private.template_given is
'A template that somebody chose ({name, language, parameters: [values] or {name: value}, or
components as the platform wants them) in the form in which it is sent.';
revoke all on function private.template_given from public;
grant execute on function private.template_given to service_role;

-- sql/channels/template_values.sql
create or replace function private.template_values(p_body text, p_content text)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_names text[] := array(
    select found.name[1]
    from regexp_matches(p_body, '\{\{\s*(\w+)\s*\}\}', 'g') as found (name)
  );
  v_content text := btrim(p_content, E' \t\r\n');
  v_pattern text := regexp_replace(btrim(p_body), '([][\\.*^$+?{}|()])', '\\\1', 'g');
  v_values text[];
begin
  if v_names = '{}' then
    return case when v_content = btrim(p_body) then '{}' end;
  end if;

  v_pattern := regexp_replace(v_pattern, '\\\{\\\{\s*\w+\s*\\\}\\\}', '([^\n\t]+?)', 'g');
  v_values := regexp_match(v_content, '^' || v_pattern || '$');
  if v_values is null
    or (
      select count(distinct (said.name, said.value)) > count(distinct said.name)
      from unnest(v_names, v_values) as said (name, value)
    ) then
    return null;
  end if;

  return (
    select jsonb_object_agg(said.name, btrim(said.value))
    from unnest(v_names, v_values) as said (name, value)
  );
end;
$$;

comment on function private.template_values is
'The variables of a template''s body ({name: value}) with which it reads exactly like a text, or
null. A variable that stands twice has one value; none has a line break.';
revoke all on function private.template_values from public;
grant execute on function private.template_values to service_role;

-- sql/channels/tokens_due.sql
create or replace function private.tokens_due(p_type text)
returns setof jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'channel_id', channels.id,
    'account', channels.account,
    'issued_at', channel_secrets.updated_at,
    'expires_at', coalesce(
      channels.token_expires_at, channel_secrets.updated_at + interval '60 days'
    )
  )
  from public.channels
  join private.channel_secrets
    on channel_secrets.channel_id = channels.id
    and channel_secrets.name = 'access_token'
    and channel_secrets.retired_at is null
  where channels.type = p_type
    and channels.is_enabled
    and coalesce(channels.options ->> 'login', 'instagram') = 'instagram'
  order by channels.id;
$$;

comment on function private.tokens_due is
'The stored access tokens of a type of channel that its own login gave, since when and until when
each is good; one of which nobody said it lives sixty days, as Instagram''s do.';
revoke all on function private.tokens_due from public;
grant execute on function private.tokens_due to service_role;

-- sql/channels/website_channel.sql
create or replace function private.website_channel(p_channel_id uuid default null)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid;
begin
  select channels.id into v_channel_id
  from public.channels
  where channels.type = 'website'
    and channels.is_enabled
    and channels.id = coalesce(p_channel_id, channels.id)
  order by channels.created_at, channels.id
  limit 1;

  if v_channel_id is null then
    raise exception using
      errcode = 'PT404',
      message = format('no widget %s is open', coalesce(p_channel_id::text, 'at all')),
      hint = 'an enabled channel of the type website; without an id the first one';
  end if;
  return v_channel_id;
end;
$$;

comment on function private.website_channel is
'The enabled widget that is meant, by default the first one; PT404 when there is none.';
revoke all on function private.website_channel from public;
grant execute on function private.website_channel to service_role;

-- sql/channels/widget_configuration.sql
create or replace function public.widget_configuration(p_channel_id uuid default null)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select private.widget_of(p_channel_id);
$$;

comment on function public.widget_configuration is
'What a page needs to show a widget, by default the first one, for everybody: {channel_id, name,
greeting, theme, requires_identity, asks_consent, max_upload_bytes, allowed_mime_types, office}.
PT404.';
revoke all on function public.widget_configuration from public, anon, authenticated, service_role;
grant execute on function public.widget_configuration to anon, authenticated, service_role;

-- sql/channels/widget_of.sql
-- Security definer: of the settings everybody may know these, and no others.
create or replace function private.widget_of(p_channel_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_channel_id uuid := private.website_channel(p_channel_id);
begin
  return (
    select jsonb_build_object(
      'channel_id', website_settings.channel_id,
      'name', website_settings.name,
      'greeting', website_settings.greeting,
      'theme', website_settings.theme,
      'requires_identity', website_settings.requires_identity,
      'asks_consent', website_settings.asks_consent,
      'max_upload_bytes', website_settings.max_upload_bytes,
      'allowed_mime_types', website_settings.allowed_mime_types,
      'office', private.office_state(v_channel_id)
    )
    from public.website_settings
    where website_settings.channel_id = v_channel_id
  );
end;
$$;

comment on function private.widget_of is
'What a page needs to show a widget; PT404 without one.';
revoke all on function private.widget_of from public;
grant execute on function private.widget_of to anon, authenticated, service_role;

-- sql/customers/add_identities.sql
create or replace function private.add_identities(
  p_customer_id uuid,
  p_channel_id uuid,
  p_identities jsonb,
  p_verified boolean default true
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into public.customer_identities (customer_id, channel_id, kind, value, is_verified)
  select p_customer_id, p_channel_id, known.item ->> 'kind', known.item ->> 'value', p_verified
  from jsonb_array_elements(p_identities) as known (item)
  order by known.item ->> 'kind', known.item ->> 'value'
  on conflict (channel_id, kind, value) do nothing;
end;
$$;

comment on function private.add_identities is
'Adds the identities ([{kind, value}]) that are new; one that belongs to somebody else
stays there.';
revoke all on function private.add_identities from public;
grant execute on function private.add_identities to service_role;

create trigger touch_customer_profiles before update on public.customer_profiles
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

-- sql/customers/allow_sending.sql
create or replace function public.allow_sending(p_customer_id uuid)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  return private.clear_unreachable(p_customer_id);
end;
$$;

comment on function public.allow_sending is
'An agent''s word that a customer can be reached again at addresses that bounced or complained;
returns how many. PT403.';
revoke all on function public.allow_sending from public, anon, authenticated, service_role;
grant execute on function public.allow_sending to authenticated, service_role;

-- sql/customers/change_identity.sql
create or replace function private.change_identity(
  p_channel_id uuid,
  p_old jsonb,
  p_new jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_customer_id uuid := private.find_customer(p_channel_id, jsonb_build_array(p_old));
begin
  if v_customer_id is null or p_new is null or p_new ->> 'value' is null then
    return null;
  end if;

  perform private.lock_identities(p_channel_id, jsonb_build_array(p_new));
  insert into public.customer_identities (customer_id, channel_id, kind, value, is_verified)
  values (v_customer_id, p_channel_id, p_new ->> 'kind', p_new ->> 'value', true)
  on conflict (channel_id, kind, value) do nothing;

  if p_new ->> 'kind' = 'bsuid' and p_old ->> 'kind' = 'bsuid' then
    update public.customer_identities
    set unreachable_since = clock_timestamp()
    where customer_identities.customer_id = v_customer_id
      and customer_identities.channel_id = p_channel_id
      and customer_identities.kind = 'phone';
  end if;
  return v_customer_id;
end;
$$;

comment on function private.change_identity is
'The platform says that a customer ({kind, value}) now has another number or id; both stay theirs. A
new user id comes with a new number: the old ones are not written to until seen again.';
revoke all on function private.change_identity from public;
grant execute on function private.change_identity to service_role;

-- sql/customers/claim_profiles.sql
-- The next try is written before the first, so that a worker that dies while asking loses nothing.
create or replace function private.claim_profiles(
  p_channel_types text[],
  p_accounts text[],
  p_limit integer
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
    select customer_identities.id
    from public.customer_identities
    where customer_identities.channel_id = any (v_channel_ids)
      and customer_identities.kind = 'external'
      and customer_identities.profile_due_at <= statement_timestamp()
    order by customer_identities.profile_due_at
    limit p_limit
    for no key update skip locked
  ),

  claimed as (
    update public.customer_identities
    set
      profile_asks = customer_identities.profile_asks + 1,
      profile_due_at = case
        when customer_identities.profile_asks < 6
          then clock_timestamp() + interval '1 minute' * 4 ^ customer_identities.profile_asks
      end
    from due
    where customer_identities.id = due.id
    returning customer_identities.*
  )

  select jsonb_build_object(
    'identity_id', claimed.id,
    'channel_type', channels.type,
    'account', channels.account,
    'identities', jsonb_build_object(claimed.kind, claimed.value)
  )
  from claimed
  join public.channels on channels.id = claimed.channel_id;
end;
$$;

comment on function private.claim_profiles is
'Customers of these channel types and accounts whom the platform is to be asked about (R33):
{identity_id, channel_type, account, identities}. Each comes again after 1, 4, 16, … minutes, seven
times at most, unless record_profile has settled it.';
revoke all on function private.claim_profiles from public;
grant execute on function private.claim_profiles to service_role;

-- sql/customers/clear_unreachable.sql
-- Security definer: identities are the platform's; this is the one thing that agents may undo.
create or replace function private.clear_unreachable(p_customer_id uuid)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_count integer;
begin
  perform private.require_agent();
  update public.customer_identities
  set unreachable_since = null
  where customer_identities.customer_id = p_customer_id
    and customer_identities.unreachable_since is not null;
  get diagnostics v_count = row_count;
  if v_count > 0 then
    perform private.audit('clear_unreachable', 'customer', p_customer_id::text);
  end if;
  return v_count;
end;
$$;

comment on function private.clear_unreachable is
'Lets a customer''s addresses be written to again; returns how many. PT403.';
revoke all on function private.clear_unreachable from public;
grant execute on function private.clear_unreachable to authenticated, service_role;

-- sql/customers/clear_unreachable_of.sql
create or replace function private.clear_unreachable_of(p_channel_id uuid, p_identities jsonb)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  update public.customer_identities
  set unreachable_since = null
  from jsonb_array_elements(p_identities) as named (item)
  where customer_identities.channel_id = p_channel_id
    and customer_identities.kind = named.item ->> 'kind'
    and customer_identities.value = named.item ->> 'value'
    and customer_identities.unreachable_since is not null;
$$;

comment on function private.clear_unreachable_of is
'Who writes from an address can be reached there again: [{kind, value}].';
revoke all on function private.clear_unreachable_of from public;
grant execute on function private.clear_unreachable_of to service_role;

-- sql/customers/consented_email.sql
create or replace function private.consented_email(p_customer_id uuid)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select email_consents.email
  from private.email_consents
  where email_consents.customer_id = p_customer_id and email_consents.revoked_at is null;
$$;

comment on function private.consented_email is
'The address to which a visitor wants answers sent once they have left, or null.';
revoke all on function private.consented_email from public;
grant execute on function private.consented_email to service_role;

-- sql/customers/find_by_variant.sql
create or replace function private.find_by_variant(p_channel_id uuid, p_identities jsonb)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_phone text := private.identity_value(p_identities, 'phone');
  v_variant text := (private.phone_variants(v_phone))[1];
begin
  return (
    select customer_identities.customer_id
    from public.customer_identities
    where customer_identities.channel_id = p_channel_id
      and customer_identities.kind = 'phone'
      and customer_identities.value = v_variant
  );
end;
$$;

comment on function private.find_by_variant is
'The customer whose number was given in another form before, or null.';
revoke all on function private.find_by_variant from public;
grant execute on function private.find_by_variant to service_role;

-- sql/customers/find_customer.sql
create or replace function private.find_customer(p_channel_id uuid, p_identities jsonb)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_item jsonb;
  v_customer_id uuid;
begin
  -- One look-up each, so that every plan goes by the whole key, however young the statistics.
  for v_item in
    select wanted.item
    from jsonb_array_elements(p_identities) with ordinality as wanted (item, place)
    order by wanted.place
  loop
    select customer_identities.customer_id into v_customer_id
    from public.customer_identities
    where customer_identities.channel_id = p_channel_id
      and customer_identities.kind = v_item ->> 'kind'
      and customer_identities.value = v_item ->> 'value';
    if found then
      return v_customer_id;
    end if;
  end loop;
  return private.find_by_variant(p_channel_id, p_identities);
end;
$$;

comment on function private.find_customer is
'The customer known by any of these identities ([{kind, value}], best first) on this channel, or by
a number in another form (phone_variants), or null.';
revoke all on function private.find_customer from public;
grant execute on function private.find_customer to service_role;

-- sql/customers/identities_are_sound.sql
create or replace function private.identities_are_sound(p_identities jsonb)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if jsonb_typeof(p_identities) is distinct from 'array' or p_identities = '[]' then
    return false;
  end if;

  for v_place in 0 .. jsonb_array_length(p_identities) - 1 loop
    if (
      p_identities -> v_place ->> 'kind' in ('phone', 'bsuid', 'email', 'visitor', 'external')
      and length(p_identities -> v_place ->> 'value') between 1 and 512
    ) is not true then
      return false;
    end if;
  end loop;
  return true;
end;
$$;

comment on function private.identities_are_sound is
'Whether there is an identity ([{kind, value}]) and each is of a known kind and a sane length.';
revoke all on function private.identities_are_sound from public;
grant execute on function private.identities_are_sound to service_role;

-- sql/customers/identities_on.sql
create or replace function private.identities_on(p_customer_id uuid, p_channel_id uuid)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(
      jsonb_object_agg(
        customer_identities.kind, customer_identities.value
        order by customer_identities.is_verified, customer_identities.created_at
      ),
      '{}'
    )
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.channel_id = p_channel_id
  );
end;
$$;

comment on function private.identities_on is
'Where a customer can be reached on a channel: {kind: value}, of several of a kind the newest that
the platform itself has given.';
revoke all on function private.identities_on from public;
grant execute on function private.identities_on to service_role;

-- sql/customers/identity_key.sql
create or replace function private.identity_key(p_channel_id uuid, p_identity jsonb)
returns bigint
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_value text := p_identity ->> 'value';
begin
  if p_identity ->> 'kind' = 'phone' then
    v_value := least(v_value, (private.phone_variants(v_value))[1]);
  end if;
  return hashtextextended(
    concat_ws(' ', p_channel_id, p_identity ->> 'kind', v_value), 0
  );
end;
$$;

comment on function private.identity_key is
'The number under which an identity ({kind, value}) is locked while its customer is being made; all
forms of a number have one.';
revoke all on function private.identity_key from public;
grant execute on function private.identity_key to service_role;

-- sql/customers/identity_value.sql
create or replace function private.identity_value(p_identities jsonb, p_kind text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return (
    select identities.item ->> 'value'
    from jsonb_array_elements(p_identities) as identities (item)
    where identities.item ->> 'kind' = p_kind
    limit 1
  );
end;
$$;

comment on function private.identity_value is
'The value of the first identity of a kind in [{kind, value}], or null.';
revoke all on function private.identity_value from public;
grant execute on function private.identity_value to service_role;

-- sql/customers/keep_email.sql
create or replace function private.keep_email(
  p_customer_id uuid,
  p_email text,
  p_source text
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_email text := lower(btrim(p_email));
begin
  if v_email !~ '^[^\s@<>,;:"]{1,64}@[^\s@<>,;:"]{1,190}\.[^\s@<>,;:"]{2,63}$' then
    return false;
  end if;

  insert into private.email_consents as known (customer_id, email, consent_source)
  values (p_customer_id, v_email, p_source)
  on conflict (customer_id) do update
    set
      email = excluded.email,
      consented_at = clock_timestamp(),
      consent_source = excluded.consent_source,
      revoked_at = null
    where known.email <> excluded.email or known.revoked_at is not null;
  return true;
end;
$$;

comment on function private.keep_email is
'Keeps the address to which a visitor wants answers sent once they have left; false for no
address.';
revoke all on function private.keep_email from public;
grant execute on function private.keep_email to service_role;

-- sql/customers/lock_identities.sql
-- Two requests may bring one new customer at once, under different names: a phone number here, the
-- number and a platform id there. Whoever comes second waits and finds the customer of the first.
create or replace function private.lock_identities(p_channel_id uuid, p_identities jsonb)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select pg_advisory_xact_lock(keys.key)
  from (
    select distinct private.identity_key(p_channel_id, named.item) as key
    from jsonb_array_elements(p_identities) as named (item)
    order by 1
  ) as keys;
$$;

comment on function private.lock_identities is
'Locks identities ([{kind, value}]) until the end of the transaction, in one order for everybody.';
revoke all on function private.lock_identities from public;
grant execute on function private.lock_identities to service_role;

-- sql/customers/may_write_to.sql
create or replace function private.may_write_to(p_identity public.customer_identities)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_identity.consented_at is not null
    and p_identity.unreachable_since is null
    and (p_identity.revoked_at is null or p_identity.revoked_at < p_identity.consented_at);
end;
$$;

comment on function private.may_write_to is
'Whether the customer has agreed, still does, and can be written to there.';
revoke all on function private.may_write_to from public;
grant execute on function private.may_write_to to service_role;

-- sql/customers/my_customers.sql
-- Security definer: a visitor may not read identities, only know which customer they are.
create or replace function private.my_customers()
returns setof uuid
language sql
stable
security definer
set search_path = ''
as $$
  select customer_identities.customer_id
  from public.customer_identities
  where customer_identities.kind = 'visitor'
    and customer_identities.value = (select auth.uid())::text
  union
  select identity_moves.from_customer_id
  from private.identity_moves
  where identity_moves.visitor_id = (select auth.uid());
$$;

comment on function private.my_customers is
'The customers that the calling visitor is: now, and before they were recognised.';
revoke all on function private.my_customers from public;
grant execute on function private.my_customers to authenticated, service_role;

-- sql/customers/note_consent.sql
-- Security definer: agents may not write consent but through here, where a source is asked for and
-- the log is kept.
create or replace function private.note_consent(p_identity_id uuid, p_source text)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  update public.customer_identities
  set
    consented_at = case
      when p_source is null then customer_identities.consented_at else clock_timestamp()
    end,
    consent_source = coalesce(left(p_source, 200), customer_identities.consent_source),
    revoked_at = case when p_source is null then clock_timestamp() end
  where customer_identities.id = p_identity_id;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('identity %s not found', p_identity_id);
  end if;
  perform private.audit(
    case when p_source is null then 'revoke_consent' else 'record_consent' end,
    'customer_identity', p_identity_id::text
  );
end;
$$;

comment on function private.note_consent is
'Notes that a customer agreed to be written to at an identity (p_source says how), or (null) no
longer does. PT403, PT404.';
revoke all on function private.note_consent from public;
grant execute on function private.note_consent to authenticated, service_role;

-- sql/customers/phone_variants.sql
-- Brazil: mobile numbers got a ninth digit, and both forms are in use. Mexico: the 1 of mobile
-- numbers was given up, and the ten digits after it are unique. Argentina: only 549 can become 54:
-- 54 without the 9 may be a landline and another person.
create or replace function private.phone_variants(p_phone text)
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_phone ~ '^55\d\d9\d{8}$' then array[left(p_phone, 4) || substr(p_phone, 6)]
    when p_phone ~ '^55\d\d[6-9]\d{7}$' then array[left(p_phone, 4) || '9' || substr(p_phone, 5)]
    when p_phone ~ '^549\d{10}$' then array['54' || substr(p_phone, 4)]
    when p_phone ~ '^521\d{10}$' then array['52' || substr(p_phone, 4)]
    when p_phone ~ '^52[2-9]\d{9}$' then array['521' || substr(p_phone, 3)]
    else '{}'
  end;
end;
$$;

comment on function private.phone_variants is
'The other forms in which WhatsApp may give the number of the same customer.';
revoke all on function private.phone_variants from public;
grant execute on function private.phone_variants to service_role;

-- sql/customers/rank_identities.sql
-- Security definer: agents may not change identities but through here, where the log is kept.
create or replace function private.rank_identities(p_customer_id uuid, p_identity_ids uuid[])
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  update public.customer_identities
  set fallback_rank = array_position(p_identity_ids, customer_identities.id)
  where customer_identities.customer_id = p_customer_id;
  perform private.audit('set_fallback_order', 'customer', p_customer_id::text);
end;
$$;

comment on function private.rank_identities is
'Ranks a customer''s identities as listed; the others have no rank.';
revoke all on function private.rank_identities from public;
grant execute on function private.rank_identities to authenticated, service_role;

-- sql/customers/record_consent.sql
create or replace function public.record_consent(p_identity_id uuid, p_source text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  if length(btrim(coalesce(p_source, ''))) = 0 then
    raise exception using
      errcode = 'PT400',
      message = 'consent needs a source',
      hint = 'say how the customer agreed';
  end if;
  perform private.note_consent(p_identity_id, btrim(p_source));
end;
$$;

comment on function public.record_consent is
'Keeps that, and how, a customer agreed to be written to at this identity (R73). PT400, PT403,
PT404.';
revoke all on function public.record_consent from public, anon, authenticated, service_role;
grant execute on function public.record_consent to authenticated, service_role;

-- sql/customers/require_visitor.sql
-- Security definer: visitors read neither settings nor identities.
create or replace function private.require_visitor(p_channel_id uuid)
returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if private.actor_role() <> 'visitor' then
    return;
  end if;

  perform private.require_origin(p_channel_id);
  if exists (
    select 1
    from public.customer_profiles
    where customer_profiles.is_blocked
      and customer_profiles.id in (select private.my_customers())
  ) then
    raise exception using
      errcode = 'PT403',
      message = 'this visitor has been blocked';
  end if;

  if exists (
    select 1
    from public.website_settings
    where website_settings.channel_id = p_channel_id and website_settings.requires_identity
  ) and not exists (
    select 1
    from public.customer_identities
    where customer_identities.channel_id = p_channel_id
      and customer_identities.kind = 'external'
      and customer_identities.is_verified
      and customer_identities.customer_id in (select private.my_customers())
  ) then
    raise exception using
      errcode = 'PT401',
      message = 'only people whom the site has signed may write here',
      hint = 'call identify() with the signature or token that the site''s server made';
  end if;
end;
$$;

comment on function private.require_visitor is
'Raises PT403 for a visitor who is blocked or comes from a page that may not use the widget, PT401
where the widget wants to know who they are and does not.';
revoke all on function private.require_visitor from public;
grant execute on function private.require_visitor to authenticated, service_role;

-- sql/customers/revoke_consent.sql
create or replace function public.revoke_consent(p_identity_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.note_consent(p_identity_id, null);
end;
$$;

comment on function public.revoke_consent is
'The customer is no longer to be written to at this identity in place of another (R73). PT403,
PT404.';
revoke all on function public.revoke_consent from public, anon, authenticated, service_role;
grant execute on function public.revoke_consent to authenticated, service_role;

-- sql/customers/set_fallback_order.sql
create or replace function public.set_fallback_order(p_customer_id uuid, p_identity_ids uuid[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  if coalesce(cardinality(p_identity_ids), 100) > 20 or cardinality(p_identity_ids) <> (
    select count(*)
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.id = any (p_identity_ids)
  ) then
    raise exception using
      errcode = 'PT400',
      message = format('these are not up to 20 identities of customer %s', p_customer_id),
      hint = 'name each of the customer''s own identities once, the first to be tried first';
  end if;
  perform private.rank_identities(p_customer_id, p_identity_ids);
end;
$$;

comment on function public.set_fallback_order is
'Says at which of their identities a customer is written to when another channel fails, in this
order (R73); each needs consent as well. PT400, PT403.';
revoke all on function public.set_fallback_order from public, anon, authenticated, service_role;
grant execute on function public.set_fallback_order to authenticated, service_role;

-- sql/customers/set_reachable.sql
create or replace function private.set_reachable(p_identity_id uuid, p_is_reachable boolean)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  update public.customer_identities
  set unreachable_since = case when not p_is_reachable then clock_timestamp() end
  where customer_identities.id = p_identity_id
    and (customer_identities.unreachable_since is null) is distinct from p_is_reachable;
$$;

comment on function private.set_reachable is
'Whether the customer can be written to under this identity; nothing is sent to one who cannot.';
revoke all on function private.set_reachable from public;
grant execute on function private.set_reachable to service_role;

-- sql/customers/upsert_customer.sql
create or replace function private.upsert_customer(
  p_channel_id uuid,
  p_identities jsonb,
  p_name text default null,
  p_language text default null,
  p_verified boolean default true
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_customer_id uuid := private.find_customer(p_channel_id, p_identities);
begin
  if jsonb_array_length(p_identities) = 0 then
    raise exception using
      errcode = 'PT400',
      message = 'a customer needs at least one identity';
  end if;

  if v_customer_id is null then
    perform private.lock_identities(p_channel_id, p_identities);
    v_customer_id := private.find_customer(p_channel_id, p_identities);
  end if;

  if v_customer_id is null then
    insert into public.customer_profiles (name, language, email, phone)
    values (
      nullif(p_name, ''), p_language,
      private.identity_value(p_identities, 'email'), private.identity_value(p_identities, 'phone')
    )
    returning id into v_customer_id;
  end if;

  perform private.add_identities(v_customer_id, p_channel_id, p_identities, p_verified);
  return v_customer_id;
end;
$$;

comment on function private.upsert_customer is
'Finds the customer by any identity ([{kind, value}], best first) or makes one; returns the id.
Identities that are new are added. PT400 without an identity.';
revoke all on function private.upsert_customer from public;
grant execute on function private.upsert_customer to service_role;

-- sql/conversations/add_agent_message.sql
-- Security definer: what a file is, Storage says and not the agent.
create or replace function private.add_agent_message(
  p_conversation_id uuid,
  p_content text,
  p_message_id uuid default null,
  p_private boolean default false,
  p_media jsonb default '[]'
)
returns public.messages
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_message_id uuid := coalesce(p_message_id, gen_random_uuid());
  v_media jsonb;
  v_message public.messages;
begin
  perform private.require_agent();
  v_media := private.media_of(p_conversation_id, coalesce(p_media, '[]'));
  insert into public.messages (
    id, conversation_id, sender_type, sender_id, content, is_private, message_type, media_url,
    metadata
  )
  values (
    v_message_id, p_conversation_id, 'agent', (select auth.uid()), coalesce(p_content, ''),
    p_private, coalesce(v_media #>> '{0,kind}', 'text'), v_media #>> '{0,path}',
    case when v_media = '[]' then '{}' else jsonb_build_object('media', v_media) end
  );

  select messages.* into v_message
  from public.messages
  where messages.id = v_message_id;
  return v_message;
end;
$$;

comment on function private.add_agent_message is
'Adds what an agent says; unless it is a private note, that silences the AI (I8). PT403 for anybody
else; PT400, PT404 for files that are not there.';
revoke all on function private.add_agent_message from public;
grant execute on function private.add_agent_message to authenticated, service_role;

-- sql/conversations/add_customer_message.sql
-- Security definer: customers write only through here, where the sender and the limits are ours.
create or replace function private.add_customer_message(
  p_conversation_id uuid,
  p_content text,
  p_message_id uuid default null,
  p_media jsonb default '[]'
)
returns public.messages
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_message_id uuid := coalesce(p_message_id, gen_random_uuid());
  v_media jsonb;
  v_message public.messages;
begin
  perform private.lock_conversation(p_conversation_id);
  v_message := private.message_of_client(p_conversation_id, p_message_id);
  if v_message.id is not null then
    return v_message;
  end if;

  perform private.require_visitor(private.channel_of(p_conversation_id));
  perform private.check_turn(p_conversation_id, null);
  perform private.require_newest(p_conversation_id);
  v_media := private.media_of(p_conversation_id, coalesce(p_media, '[]'));
  perform private.require_files(p_conversation_id, v_media);

  insert into public.messages (
    id, conversation_id, sender_type, sender_id, content, calls_for_answer, message_type,
    media_url, metadata
  )
  select
    v_message_id, conversations.id, 'customer', conversations.customer_id,
    coalesce(p_content, ''), true, coalesce(v_media #>> '{0,kind}', 'text'),
    v_media #>> '{0,path}',
    case when v_media = '[]' then '{}' else jsonb_build_object('media', v_media) end
  from public.conversations
  where conversations.id = p_conversation_id;

  select messages.* into v_message
  from public.messages
  where messages.id = v_message_id;
  perform private.touch_visitor(p_conversation_id);
  return v_message;
end;
$$;

comment on function private.add_customer_message is
'Adds what a customer says, or returns what they said under this id before; visitors only in their
own conversation (PT404), from a page and as somebody the widget takes (PT403, PT401), not too fast
(PT429), with files that are there (PT400, PT404); nobody in one that has ended and has a successor
(PT409).';
revoke all on function private.add_customer_message from public;
grant execute on function private.add_customer_message to authenticated, service_role;

-- sql/conversations/announce_conversation.sql
-- Security definer: an agent who changes a conversation need not be allowed to broadcast.
create or replace function private.announce_conversation()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.broadcast(
    array['inbox', 'conversation:' || new.id],
    array['conversation_updated', 'conversation_updated'],
    array[
      jsonb_build_object(
        'id', gen_random_uuid(), 'conversation', private.conversation_line(new)
      ),
      jsonb_build_object(
        'id', gen_random_uuid(),
        'conversation', jsonb_build_object(
          'id', new.id, 'status', new.status, 'ai_mode', new.ai_mode, 'last_seq', new.last_seq
        )
      )
    ]
  );
  return null;
end;
$$;

comment on function private.announce_conversation is
'Trigger: broadcasts conversation_updated when its status, hands, priority or tags change.';
revoke all on function private.announce_conversation from public;

-- The list of columns spares every message that is counted the comparison.
create trigger announce_conversation
after update of status, ai_mode, assigned_agent_id, priority, tags, customer_name
on public.conversations
for each row
when (
  (old.status, old.ai_mode, old.assigned_agent_id, old.priority, old.tags, old.customer_name)
  is distinct from
  (new.status, new.ai_mode, new.assigned_agent_id, new.priority, new.tags, new.customer_name)
)
execute function private.announce_conversation();

-- sql/conversations/announce_message_update.sql
-- Security definer: changing one's own message must not need the right to broadcast.
create or replace function private.announce_message_update()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.broadcast(
    array['inbox'] || case
      when new.is_private then '{}' else array['conversation:' || new.conversation_id]
    end,
    array_fill('message_updated'::text, array[2 - new.is_private::integer]),
    array[jsonb_build_object('id', gen_random_uuid(), 'message', to_jsonb(new))] || case
      when new.is_private then '{}'
      else array[jsonb_build_object(
        'id', gen_random_uuid(), 'message', private.customer_view(new)
      )]
    end
  );
  return null;
end;
$$;

comment on function private.announce_message_update is
'Trigger: broadcasts message_updated when a receipt, an edit or a reaction changes a message.';
revoke all on function private.announce_message_update from public;

create trigger announce_message_update after update on public.messages
for each row
when (
  (old.delivery_status, old.content, old.metadata, old.deleted_at)
  is distinct from (new.delivery_status, new.content, new.metadata, new.deleted_at)
)
execute function private.announce_message_update();

-- sql/conversations/announce_messages.sql
create or replace function private.announce_messages(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.broadcast(
    array_agg(rings.topic order by rings.place),
    array_fill('message_created'::text, array[count(*)::integer]),
    array_agg(rings.payload order by rings.place)
  )
  from (
    select
      2 * row_number() over (order by messages.conversation_id, messages.seq) as place,
      'inbox' as topic,
      jsonb_build_object(
        'id', messages.id,
        'message', to_jsonb(messages),
        'conversation', private.conversation_line(conversations)
      ) as payload
    from unnest(p_messages) as messages
    join public.conversations on conversations.id = messages.conversation_id
    union all
    select
      2 * row_number() over (order by messages.conversation_id, messages.seq) + 1,
      'conversation:' || messages.conversation_id,
      jsonb_build_object('id', messages.id, 'message', private.customer_view(messages))
    from unnest(p_messages) as messages
    where not messages.is_private
  ) as rings;
end;
$$;

comment on function private.announce_messages is
'Broadcasts message_created to the inbox (whole row) and to the conversation (customer''s view).';
revoke all on function private.announce_messages from public;
grant execute on function private.announce_messages to service_role;

-- sql/conversations/announce_typing.sql
-- Security definer: clients may not broadcast on these topics, so that no sender can be forged.
create or replace function private.announce_typing(p_conversation_id uuid, p_typing boolean)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_visitor boolean := private.actor_role() = 'visitor';
begin
  if not exists (
    select 1
    from public.conversations
    where conversations.id = p_conversation_id
      and (not v_visitor or conversations.id in (select private.my_conversations()))
  ) then
    raise exception using
      errcode = 'PT404',
      message = format('conversation %s not found', p_conversation_id);
  end if;

  if v_visitor then
    perform private.require_pace('typing ' || (select auth.uid()), 20, interval '10 seconds');
    perform private.touch_visitor(p_conversation_id);
  end if;
  perform private.broadcast(
    array['conversation:' || p_conversation_id],
    array['typing'],
    array[jsonb_build_object(
      'conversation_id', p_conversation_id,
      'sender_type', case when v_visitor then 'customer' else 'agent' end,
      'sender_id', (select auth.uid()),
      'typing', p_typing
    )]
  );
  if p_typing and not v_visitor then
    perform private.request_signals(array[p_conversation_id], 'typing');
  end if;
end;
$$;

comment on function private.announce_typing is
'Broadcasts typing with the caller''s true name; PT404 for a stranger, PT429 for
a visitor who says so more than twice a second.';
revoke all on function private.announce_typing from public;
grant execute on function private.announce_typing to authenticated, service_role;

-- sql/conversations/apply_rule.sql
create or replace function private.apply_rule(p_conversation_id uuid, p_rule public.routing_rules)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.conversations
  set
    assigned_agent_id = coalesce(p_rule.assign_agent_id, conversations.assigned_agent_id),
    priority = coalesce(p_rule.priority, conversations.priority),
    tags = array(
      select distinct unnest(conversations.tags || p_rule.tags)
      order by 1
    )
  where conversations.id = p_conversation_id;

  insert into public.messages (
    conversation_id, sender_type, message_type, is_private, metadata
  )
  values (
    p_conversation_id, 'system', 'event', true,
    jsonb_build_object(
      'event', 'routed', 'rule_id', p_rule.id, 'rule', p_rule.name,
      'agent_id', p_rule.assign_agent_id
    )
  );
end;
$$;

comment on function private.apply_rule is
'Gives a conversation the agent, priority and tags of a rule, and notes which rule it was.';
revoke all on function private.apply_rule from public;
grant execute on function private.apply_rule to service_role;

-- sql/conversations/assign_conversation.sql
create or replace function public.assign_conversation(
  p_conversation_id uuid,
  p_agent_id uuid
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  if p_agent_id is not null and not exists (
    select 1
    from public.agents
    where agents.id = p_agent_id and agents.is_active
  ) then
    raise exception using
      errcode = 'PT404',
      message = format('agent %s not found', p_agent_id);
  end if;

  update public.conversations
  set assigned_agent_id = p_agent_id
  where conversations.id = p_conversation_id;
  perform private.note_event(
    p_conversation_id, 'assigned', jsonb_build_object('agent_id', p_agent_id)
  );
end;
$$;

comment on function public.assign_conversation is
'Gives a conversation to an agent, or to nobody (null). PT403, PT404.';
revoke all on function public.assign_conversation from public, anon, authenticated, service_role;
grant execute on function public.assign_conversation to authenticated, service_role;

-- sql/conversations/channel_of.sql
create or replace function private.channel_of(p_conversation_id uuid)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select conversations.channel_id
    from public.conversations
    where conversations.id = p_conversation_id
  );
end;
$$;

comment on function private.channel_of is
'The channel account of a conversation.';
revoke all on function private.channel_of from public;
grant execute on function private.channel_of to service_role;

-- sql/conversations/check_rule.sql
create or replace function private.check_rule()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if num_nonnulls(new.assign_agent_id, new.priority) = 0 and cardinality(new.tags) = 0 then
    raise exception using
      errcode = 'PT400',
      message = format('rule %s does nothing', new.name),
      hint = 'give it an agent, a priority or tags';
  end if;
  return new;
end;
$$;

comment on function private.check_rule is
'Trigger: a routing rule must do something.';
revoke all on function private.check_rule from public;

create trigger check_rule before insert or update on public.routing_rules
for each row execute function private.check_rule();

create trigger touch_routing_rules before update on public.routing_rules
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_routing_rules after insert or update or delete on public.routing_rules
for each row execute function private.audit_change();

-- sql/conversations/check_turn.sql
-- Security definer: what others have said, and how fast a visitor writes, is counted over all
-- messages.
create or replace function private.check_turn(p_conversation_id uuid, p_seen_seq integer)
returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_visitor boolean := private.actor_role() = 'visitor';
begin
  if p_seen_seq is not null and exists (
    select 1
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.seq > p_seen_seq
      and case
        when v_visitor then messages.sender_type <> 'customer' and not messages.is_private
        else messages.sender_id is distinct from (select auth.uid())
      end
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('conversation %s has gone on since seq %s', p_conversation_id, p_seen_seq),
      detail = (
        select max(messages.seq)
        from public.messages
        where messages.conversation_id = p_conversation_id
      )::text,
      hint = 'read messages_since and send again';
  end if;

  if v_visitor and (
    select count(*)
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.seq > (
        select conversations.last_seq - 40
        from public.conversations
        where conversations.id = p_conversation_id
      )
      and messages.sender_type = 'customer'
      and messages.created_at > clock_timestamp() - interval '1 minute'
  ) >= 20 then
    raise exception using
      errcode = 'PT429',
      message = 'too many messages in a minute',
      hint = 'wait a moment';
  end if;
end;
$$;

comment on function private.check_turn is
'Refuses a stale view (PT409) and a visitor''s flood (PT429) in a conversation that is locked.';
revoke all on function private.check_turn from public;
grant execute on function private.check_turn to authenticated, service_role;

-- sql/conversations/claim_signals.sql
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

-- sql/conversations/connection_of.sql
create or replace function private.connection_of(p_message public.messages)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_message.channel_type <> 'telegram' then
    return null;
  end if;
  return (
    select heard.metadata ->> 'business_connection_id'
    from public.messages as heard
    where heard.conversation_id = p_message.conversation_id and heard.sender_type = 'customer'
    order by heard.seq desc
    limit 1
  );
end;
$$;

comment on function private.connection_of is
'By which business connection the customer''s newest message came, on Telegram; else null.';
revoke all on function private.connection_of from public;
grant execute on function private.connection_of to service_role;

-- sql/conversations/conversation_card.sql
create or replace function private.conversation_card(p_conversation public.conversations)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return to_jsonb(p_conversation) - '{epoch,context_seq,workflow_id,satisfaction_score}'::text[];
end;
$$;

comment on function private.conversation_card is
'What agents and the AI are shown of a conversation: its row without the inner workings.';
revoke all on function private.conversation_card from public;
grant execute on function private.conversation_card to authenticated, service_role;

-- sql/conversations/conversation_line.sql
-- Listed by hand: it goes out with every message, the whole row made each broadcast so large that
-- Postgres had to compress it, and a line needs neither phone number nor e-mail address.
create or replace function private.conversation_line(p_conversation public.conversations)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', p_conversation.id,
    'customer_id', p_conversation.customer_id,
    'customer_name', p_conversation.customer_name,
    'channel_type', p_conversation.channel_type,
    'channel_id', p_conversation.channel_id,
    'status', p_conversation.status,
    'priority', p_conversation.priority,
    'tags', p_conversation.tags,
    'assigned_agent_id', p_conversation.assigned_agent_id,
    'ai_mode', p_conversation.ai_mode,
    'ai_confidence', p_conversation.ai_confidence,
    'handed_over_reason', p_conversation.handed_over_reason,
    'language', p_conversation.language,
    'last_message', p_conversation.last_message,
    'last_message_at', p_conversation.last_message_at,
    'message_count', p_conversation.message_count,
    'unread_count', p_conversation.unread_count,
    'last_seq', p_conversation.last_seq,
    'window_expires_at', p_conversation.window_expires_at
  );
end;
$$;

comment on function private.conversation_line is
'A conversation as a line of the inbox, as Realtime carries it.';
revoke all on function private.conversation_line from public;
grant execute on function private.conversation_line to service_role;

-- sql/conversations/create_conversation.sql
create or replace function public.create_conversation(
  p_identifier text,
  p_channel text,
  p_message text default null,
  p_client_id uuid default null,
  p_channel_id uuid default null
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
begin
  if coalesce(p_identifier, '') !~ '\S' then
    raise exception using
      errcode = 'PT400',
      message = 'a conversation needs the customer''s identifier',
      hint = 'an e-mail address, a phone number or an id';
  end if;

  v_conversation_id := private.start_conversation(p_identifier, p_channel, p_channel_id);
  if p_message ~ '\S' then
    perform private.require_content(p_message);
    perform private.add_customer_message(v_conversation_id, p_message, p_client_id);
  end if;
  return v_conversation_id;
end;
$$;

comment on function public.create_conversation is
'Finds or opens a customer''s conversation (R10, R11) and adds what they say; returns its id.
p_channel is website, email, whatsapp, instagram, messenger or telegram; p_client_id (the message''s
id) makes a repeat harmless; p_channel_id names one of several accounts. PT400, PT401, PT403, PT404,
PT409, PT429.';
revoke all on function public.create_conversation from public, anon, authenticated, service_role;
grant execute on function public.create_conversation to authenticated, service_role;

-- sql/conversations/customer_view.sql
create or replace function private.customer_view(p_message public.messages)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', p_message.id,
    'conversation_id', p_message.conversation_id,
    'seq', p_message.seq,
    'sender_type', p_message.sender_type,
    'sender_id', p_message.sender_id,
    'content', p_message.content,
    'message_type', p_message.message_type,
    'media_url', p_message.media_url,
    'media', p_message.metadata -> 'media',
    'delivery_status', p_message.delivery_status,
    'knowledge_sources', p_message.knowledge_sources,
    'choices', p_message.metadata -> 'choices',
    'reply_to_id', p_message.reply_to_id,
    'created_at', p_message.created_at,
    'edited_at', p_message.edited_at,
    'deleted_at', p_message.deleted_at
  );
end;
$$;

comment on function private.customer_view is
'What a customer is shown of a message; agents get the whole row on the inbox topic.';
revoke all on function private.customer_view from public;
grant execute on function private.customer_view to authenticated, service_role;

-- sql/conversations/failure_text.sql
create or replace function private.failure_text(p_language text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case split_part(lower(coalesce(p_language, 'en')), '-', 1)
    when 'de' then 'Unsere letzte Antwort konnten wir Ihnen hier nicht zustellen. '
      || 'Eine Kollegin oder ein Kollege meldet sich bei Ihnen.'
    when 'es' then 'No hemos podido entregarle aquí nuestra última respuesta. '
      || 'Una persona de nuestro equipo le escribirá.'
    when 'fr' then 'Notre dernière réponse n''a pas pu vous être remise ici. '
      || 'Un membre de notre équipe vous écrira.'
    when 'it' then 'Non siamo riusciti a consegnarle qui la nostra ultima risposta. '
      || 'Una persona del nostro team le scriverà.'
    when 'pt' then 'Não conseguimos entregar aqui a nossa última resposta. '
      || 'Uma pessoa da nossa equipe escreverá para você.'
    when 'nl' then 'Ons laatste antwoord konden we hier niet bezorgen. '
      || 'Een collega neemt contact met u op.'
    when 'pl' then 'Nie udało się dostarczyć tutaj naszej ostatniej odpowiedzi. '
      || 'Napisze do Ciebie osoba z naszego zespołu.'
    when 'ru' then 'Нам не удалось доставить сюда наш последний ответ. '
      || 'Вам напишет сотрудник.'
    when 'tr' then 'Son yanıtımızı buraya iletemedik. Ekibimizden biri size yazacak.'
    when 'ar' then 'تعذّر علينا إيصال ردّنا الأخير إليك هنا. سيكتب إليك أحد أفراد فريقنا.'
    when 'zh' then '我们的上一条回复未能送达。我们的同事会与您联系。'
    else 'We could not deliver our last answer to you here. A person on our team will write to you.'
  end;
$$;

comment on function private.failure_text is
'What a customer is told when an answer could not be delivered, in 12 languages (R55, R75).';
revoke all on function private.failure_text from public;
grant execute on function private.failure_text to service_role;

-- sql/conversations/file_of.sql
create or replace function private.file_of(p_object storage.objects, p_given jsonb)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'kind', case
      when split_part(mime.type, '/', 1) in ('image', 'video', 'audio')
        then split_part(mime.type, '/', 1)
      else 'document'
    end,
    'path', p_object.name,
    'mime_type', mime.type,
    'filename', left(
      coalesce(
        nullif(regexp_replace(
          p_given ->> 'filename', '^(.*[/\\])?[.[:cntrl:]]*|[[:cntrl:]]', '', 'g'
        ), ''),
        split_part(p_object.name, '/', 3)
      ),
      255
    ),
    'size', private.number_of(p_object.metadata -> 'size')
  )
  from (
    select lower(split_part(coalesce(p_object.metadata ->> 'mimetype', ''), ';', 1))
  ) as mime (type);
$$;

comment on function private.file_of is
'A stored file as a message carries it: {kind, path, mime_type, filename, size}; of the name
that was given without folders.';
revoke all on function private.file_of from public;
grant execute on function private.file_of to service_role;

-- sql/conversations/first_status.sql
create or replace function private.first_status(p_message public.messages)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_message.is_private or p_message.channel_type = 'website' then 'sent' else 'queued'
  end;
end;
$$;

comment on function private.first_status is
'How the delivery of what we say begins: on the website the row itself is the delivery.';
revoke all on function private.first_status from public;
grant execute on function private.first_status to service_role;

-- sql/conversations/first_words.sql
create or replace function private.first_words(p_messages public.messages[])
returns public.messages[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return array(
    select messages
    from unnest(p_messages) as messages
    join public.conversations on conversations.id = messages.conversation_id
    where messages.sender_type = 'customer'
      and conversations.assigned_agent_id is null
      and not exists (
        select 1
        from public.messages as earlier
        where earlier.conversation_id = messages.conversation_id
          and earlier.seq > conversations.context_seq
          and earlier.seq < messages.seq
          and earlier.sender_type = 'customer'
      )
    order by messages.conversation_id, messages.seq
  );
end;
$$;

comment on function private.first_words is
'The messages that begin a conversation nobody has, or begin it anew after its end or a hand-over.';
revoke all on function private.first_words from public;
grant execute on function private.first_words to service_role;

-- sql/conversations/get_conversation_context.sql
create or replace function public.get_conversation_context(
  p_conversation_id uuid,
  p_limit integer default 12
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_context jsonb;
begin
  perform private.require_agent();
  select jsonb_build_object(
    'conversation', private.conversation_card(conversations),
    'customer', jsonb_build_object(
      'id', customer_profiles.id,
      'name', customer_profiles.name,
      'language', customer_profiles.language,
      'attributes', customer_profiles.attributes
    ),
    'language', conversations.language,
    'history', private.recent_history(conversations, p_limit)
  )
  into v_context
  from public.conversations
  join public.customer_profiles on customer_profiles.id = conversations.customer_id
  where conversations.id = p_conversation_id;

  if v_context is null then
    raise exception using
      errcode = 'PT404',
      message = format('conversation %s not found', p_conversation_id);
  end if;
  return v_context;
end;
$$;

comment on function public.get_conversation_context is
'What an answer is made from (R53): conversation, customer, recent messages. PT403, PT404.';
revoke all on function public.get_conversation_context
from public, anon, authenticated, service_role;
grant execute on function public.get_conversation_context to authenticated, service_role;

-- sql/conversations/give_back.sql
create or replace function public.give_back(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  perform private.move_conversation(p_conversation_id, 'given_back');
end;
$$;

comment on function public.give_back is
'The AI answers again, from the next customer message on. PT403, PT404.';
revoke all on function public.give_back from public, anon, authenticated, service_role;
grant execute on function public.give_back to authenticated, service_role;

-- sql/conversations/hand_over.sql
create or replace function public.hand_over(p_conversation_id uuid, p_reason text default 'agent')
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  perform private.hand_over_as_service(p_conversation_id, left(coalesce(p_reason, 'agent'), 200));
end;
$$;

comment on function public.hand_over is
'Takes a conversation from the AI and tells the customer that a person will answer. PT403, PT404.';
revoke all on function public.hand_over from public, anon, authenticated, service_role;
grant execute on function public.hand_over to authenticated, service_role;

-- sql/conversations/hand_over_as_service.sql
-- Security definer: what the customer is told at a hand-over is said by the system, which no agent
-- may write as.
create or replace function private.hand_over_as_service(p_conversation_id uuid, p_reason text)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  return private.hand_over_conversation(p_conversation_id, p_reason);
end;
$$;

comment on function private.hand_over_as_service is
'Hands a conversation over for an agent; PT403 for anybody else.';
revoke all on function private.hand_over_as_service from public;
grant execute on function private.hand_over_as_service to authenticated, service_role;

-- sql/conversations/hand_over_conversation.sql
-- A second hand-over says nothing twice: the conversation is in human hands already.
create or replace function private.hand_over_conversation(
  p_conversation_id uuid,
  p_reason text,
  p_job_id uuid default null
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message_id uuid := gen_random_uuid();
  v_language text;
begin
  update public.conversations
  set
    ai_mode = 'human',
    epoch = conversations.epoch + 1,
    context_seq = conversations.last_seq,
    status = 'open',
    resolved_at = null,
    handed_over_at = clock_timestamp(),
    handed_over_reason = p_reason
  where conversations.id = p_conversation_id and conversations.ai_mode = 'auto'
  returning conversations.language into v_language;

  if not found then
    return null;
  end if;

  insert into public.messages (
    id, conversation_id, sender_type, content, reply_job_id, metadata
  )
  values (
    v_message_id, p_conversation_id, 'system',
    private.hand_over_words(p_conversation_id, v_language), p_job_id,
    jsonb_build_object('event', 'handed_over', 'reason', p_reason)
  );
  return v_message_id;
end;
$$;

comment on function private.hand_over_conversation is
'Gives a conversation of the AI to people, tells the customer so and keeps the reason (R49).
Returns the message, or null when people have it already.';
revoke all on function private.hand_over_conversation from public;
grant execute on function private.hand_over_conversation to service_role;

-- sql/conversations/hand_over_quietly.sql
create or replace function private.hand_over_quietly(p_conversation_id uuid, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.conversations
  set
    ai_mode = 'human',
    epoch = conversations.epoch + 1,
    context_seq = conversations.last_seq,
    status = 'open',
    resolved_at = null,
    handed_over_at = clock_timestamp(),
    handed_over_reason = p_reason
  where conversations.id = p_conversation_id and conversations.ai_mode = 'auto';

  if found then
    insert into public.messages (
      conversation_id, sender_type, message_type, is_private, metadata
    )
    values (
      p_conversation_id, 'system', 'event', true,
      jsonb_build_object('event', 'handed_over', 'reason', p_reason)
    );
  end if;
end;
$$;

comment on function private.hand_over_quietly is
'Gives a conversation of the AI to people and tells only them, with the reason.';
revoke all on function private.hand_over_quietly from public;
grant execute on function private.hand_over_quietly to service_role;

-- sql/conversations/hand_over_text.sql
create or replace function private.hand_over_text(p_language text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case split_part(lower(coalesce(p_language, 'en')), '-', 1)
    when 'de' then 'Ich gebe Ihre Frage an eine Kollegin oder einen Kollegen weiter. '
      || 'Sie bekommen hier eine Antwort.'
    when 'es' then 'Paso su pregunta a una persona de nuestro equipo. Le responderá aquí mismo.'
    when 'fr' then 'Je transmets votre question à un membre de notre équipe, '
      || 'qui vous répondra ici.'
    when 'it' then 'Passo la sua domanda a una persona del nostro team, che le risponderà qui.'
    when 'pt' then 'Vou passar a sua pergunta a uma pessoa da nossa equipe, '
      || 'que responderá aqui mesmo.'
    when 'nl' then 'Ik geef uw vraag door aan een collega. U krijgt hier antwoord.'
    when 'pl' then 'Przekazuję Twoje pytanie osobie z naszego zespołu. Odpowie tutaj.'
    when 'ru' then 'Я передаю ваш вопрос сотруднику. Он ответит вам здесь.'
    when 'tr' then 'Sorunuzu ekibimizden birine iletiyorum. Size buradan yanıt verecek.'
    when 'ar' then 'سأحوّل سؤالك إلى أحد أفراد فريقنا، وسيجيبك هنا.'
    when 'zh' then '我已将您的问题转给同事，他们会在这里回复您。'
    else 'I am passing your question to a person on our team. They will answer you here.'
  end;
$$;

comment on function private.hand_over_text is
'What a customer is told at a hand-over, in 12 languages (R55); English for any other.';
revoke all on function private.hand_over_text from public;
grant execute on function private.hand_over_text to authenticated, service_role;

-- sql/conversations/hand_over_words.sql
create or replace function private.hand_over_words(p_conversation_id uuid, p_language text)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select concat_ws(
    ' ',
    private.hand_over_text(p_language),
    case when not private.office_is_open(conversations.channel_id) then private.office_text(
      p_language, private.office_opens_at(conversations.channel_id), private.office_zone()
    ) end
  )
  from public.conversations
  where conversations.id = p_conversation_id;
$$;

comment on function private.hand_over_words is
'What a customer is told at a hand-over; outside the office hours also when people are back, as far
as that is known.';
revoke all on function private.hand_over_words from public;
grant execute on function private.hand_over_words to service_role;

-- sql/conversations/identities_named.sql
create or replace function private.identities_named(p_customer_id uuid)
returns text[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return array(
    select customer_identities.value
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
    union
    select customer_profiles.email
    from public.customer_profiles
    where customer_profiles.id = p_customer_id and customer_profiles.email is not null
  );
end;
$$;

comment on function private.identities_named is
'By what names a customer is known: their identities and the address in their profile.';
revoke all on function private.identities_named from public;
grant execute on function private.identities_named to service_role;

-- sql/conversations/identities_of.sql
-- A visitor is who their token says; what they type in is kept, unverified, for agents to see.
create or replace function private.identities_of(p_identifier text, p_channel text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when private.actor_role() = 'visitor' then jsonb_build_array(
      jsonb_build_object('kind', 'visitor', 'value', (select auth.uid()))
    )
    when p_channel = 'whatsapp' then jsonb_build_array(
      jsonb_build_object('kind', 'phone', 'value', regexp_replace(p_identifier, '[^0-9]', '', 'g'))
    )
    when p_identifier like '%_@_%' then jsonb_build_array(
      jsonb_build_object('kind', 'email', 'value', lower(btrim(p_identifier)))
    )
    else jsonb_build_array(
      jsonb_build_object('kind', 'external', 'value', btrim(p_identifier))
    )
  end;
$$;

comment on function private.identities_of is
'What an identifier (e-mail, phone, id) means on a channel, as [{kind, value}].';
revoke all on function private.identities_of from public;
grant execute on function private.identities_of to authenticated, service_role;

-- sql/conversations/is_sent_by.sql
create or replace function private.is_sent_by(p_value text, p_pattern text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_pattern text := lower(replace(replace(replace(p_pattern, '\', '\\'), '%', '\%'), '_', '\_'));
begin
  if p_pattern !~ '[*?@]' and p_pattern like '%.%' then
    return lower(p_value) like '%@' || v_pattern;
  end if;
  return lower(p_value) like replace(replace(v_pattern, '*', '%'), '?', '_');
end;
$$;

comment on function private.is_sent_by is
'Whether an address or number is of a domain, or fits a pattern with * and ?.';
revoke all on function private.is_sent_by from public;
grant execute on function private.is_sent_by to service_role;

-- sql/conversations/lock_conversation.sql
-- Security definer: a visitor sees no row of conversations, yet needs the lock on their own.
create or replace function private.lock_conversation(p_conversation_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform 1
  from public.conversations
  where conversations.id = p_conversation_id
    and (
      private.actor_role() <> 'visitor'
      or conversations.id in (select private.my_conversations())
    )
  for no key update;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('conversation %s not found', p_conversation_id);
  end if;
end;
$$;

comment on function private.lock_conversation is
'Locks a conversation that the caller may speak in; PT404 for a stranger.';
revoke all on function private.lock_conversation from public;
grant execute on function private.lock_conversation to authenticated, service_role;

-- sql/conversations/mark_messages_read.sql
create or replace function public.mark_messages_read(p_conversation_id uuid)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return private.mark_read(p_conversation_id);
end;
$$;

comment on function public.mark_messages_read is
'The caller has read the other side''s messages (R12, R24); returns how many were new. PT404.';
revoke all on function public.mark_messages_read from public, anon, authenticated, service_role;
grant execute on function public.mark_messages_read to authenticated, service_role;

-- sql/conversations/mark_read.sql
-- Security definer: reading is no right to change messages; only their status moves here.
create or replace function private.mark_read(p_conversation_id uuid)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_visitor boolean := private.actor_role() = 'visitor';
  v_count integer;
begin
  perform private.lock_conversation(p_conversation_id);
  perform private.touch_visitor(p_conversation_id);
  update public.messages
  set delivery_status = 'read', updated_at = clock_timestamp()
  where messages.conversation_id = p_conversation_id
    and messages.delivery_status in ('sent', 'delivered')
    and not messages.is_private
    and (messages.sender_type = 'customer') <> v_visitor
    and (messages.channel_type = 'website' or not v_visitor);
  get diagnostics v_count = row_count;

  if not v_visitor then
    update public.conversations
    set unread_count = 0
    where conversations.id = p_conversation_id and conversations.unread_count > 0;
    if found then
      perform private.request_signals(array[p_conversation_id], 'read');
    end if;
  end if;
  return v_count;
end;
$$;

comment on function private.mark_read is
'Marks the other side''s messages as read for the calling agent or customer; PT404 for a stranger.';
revoke all on function private.mark_read from public;
grant execute on function private.mark_read to authenticated, service_role;

-- sql/conversations/may_hear.sql
create or replace function private.may_hear(p_topic text)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when p_topic = 'inbox' then private.is_agent()
    when p_topic like 'conversation:%' then
      private.is_agent()
      or substr(p_topic, 14) in (
        select mine.id::text
        from private.my_conversations() as mine (id)
      )
    else false
  end;
$$;

comment on function private.may_hear is
'Whether the caller may join a Realtime topic: inbox for agents, conversation:<id> for its people.';
revoke all on function private.may_hear from public;
grant execute on function private.may_hear to authenticated, service_role;

-- sql/conversations/may_see_file.sql
-- Security definer: policies on files must not depend on those on messages.
create or replace function private.may_see_file(p_name text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_parts text[] := string_to_array(p_name, '/');
begin
  if private.is_agent() then
    return true;
  elsif coalesce(v_parts[1], '') not in (
    select mine.id::text
    from private.my_conversations() as mine (id)
  ) then
    return false;
  end if;

  return v_parts[2] = 'visitor' or exists (
    select 1
    from public.messages
    where messages.conversation_id = v_parts[1]::uuid
      and not messages.is_private
      and messages.deleted_at is null
      and messages.metadata -> 'media' @> jsonb_build_array(jsonb_build_object('path', p_name))
  );
end;
$$;

comment on function private.may_see_file is
'Whether the caller may see a file of the bucket media: agents all, a visitor what they have
uploaded and what was sent to them; not what an agent has only added to a note.';
revoke all on function private.may_see_file from public;
grant execute on function private.may_see_file to authenticated, service_role;

-- sql/conversations/may_upload.sql
-- Security definer: it counts files and reads settings that the caller may not see.
create or replace function private.may_upload(p_name text, p_mime_type text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_parts text[] := string_to_array(p_name, '/');
  v_conversation_id uuid;
  v_channel_id uuid;
begin
  if cardinality(v_parts) <> 3 or not pg_input_is_valid(v_parts[1], 'uuid') then
    return false;
  end if;

  v_conversation_id := v_parts[1]::uuid;
  select conversations.channel_id into v_channel_id
  from public.conversations
  where conversations.id = v_conversation_id and conversations.id::text = v_parts[1];
  if not found or v_parts[3] = '' then
    return false;
  elsif private.is_agent() then
    return v_parts[2] = 'agent';
  end if;

  return v_parts[2] = 'visitor'
    and v_parts[3] ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-.'
    and v_conversation_id in (select private.my_conversations())
    and private.origin_is_allowed(v_channel_id)
    and private.accepts_file(v_channel_id, p_mime_type, null)
    and (
      select count(*)
      from storage.objects
      where objects.bucket_id = 'media'
        and objects.name collate "C" >= v_parts[1] || '/visitor/'
        and objects.name collate "C" < v_parts[1] || '/visitor0'
        and objects.created_at > clock_timestamp() - interval '1 hour'
    ) < 20;
end;
$$;

comment on function private.may_upload is
'Whether the caller may put a file into the bucket media: an agent at <conversation>/agent/<name>,
a visitor at <conversation>/visitor/<uuid>-<name> of their own, twenty in an hour.';
revoke all on function private.may_upload from public;
grant execute on function private.may_upload to authenticated, service_role;

-- sql/conversations/media_of.sql
-- Security definer: what a file is, Storage says and not the caller.
create or replace function private.media_of(p_conversation_id uuid, p_media jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_visitor boolean := private.actor_role() = 'visitor';
  v_count integer := case jsonb_typeof(p_media)
    when 'array' then jsonb_array_length(p_media) else -1
  end;
  v_media jsonb;
begin
  if v_count not between 0 and 10 then
    raise exception using
      errcode = 'PT400',
      message = 'the media of a message are a list of up to ten files',
      hint = '[{"path": "<conversation>/visitor/<uuid>-photo.png", "filename": "photo.png"}]';
  end if;

  select coalesce(jsonb_agg(private.file_of(objects, given.item) order by given.place), '[]')
  into v_media
  from jsonb_array_elements(p_media) with ordinality as given (item, place)
  join storage.objects
    on objects.bucket_id = 'media'
    and objects.name = given.item ->> 'path'
    and starts_with(
      objects.name, p_conversation_id || case when v_visitor then '/visitor/' else '/' end
    );

  if jsonb_array_length(v_media) <> v_count then
    raise exception using
      errcode = 'PT404',
      message = 'a file of this message is not in its conversation''s folder',
      hint = 'upload it to the bucket media first, below the conversation''s id';
  end if;
  return v_media;
end;
$$;

comment on function private.media_of is
'What is kept of the files of a message, [{kind, path, mime_type, filename, size}], after looking
that each lies in the conversation''s folder of the bucket media. PT400, PT404.';
revoke all on function private.media_of from public;
grant execute on function private.media_of to service_role;

-- sql/conversations/message_of_client.sql
-- Security definer: an id is also taken where the caller may not look.
create or replace function private.message_of_client(
  p_conversation_id uuid,
  p_client_id uuid
)
returns public.messages
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select messages.* into v_message
  from public.messages
  where messages.id = p_client_id;

  if found and (
    v_message.conversation_id <> p_conversation_id
    or (private.actor_role() = 'visitor') <> (v_message.sender_type = 'customer')
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('the id %s belongs to another message', p_client_id),
      hint = 'make a new uuid for every message';
  end if;
  return v_message;
end;
$$;

comment on function private.message_of_client is
'The message that a client has sent under this id before, in a conversation that is locked; PT409
when the id is somebody else''s.';
revoke all on function private.message_of_client from public;
grant execute on function private.message_of_client to authenticated, service_role;

-- sql/conversations/messages_since.sql
-- Volatile, as a visitor who reads is there: answers need not follow them by e-mail.
create or replace function public.messages_since(
  p_conversation_id uuid,
  p_seq integer default 0,
  p_limit integer default 500
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_visitor boolean := private.actor_role() = 'visitor';
begin
  perform private.touch_visitor(p_conversation_id);
  return query
  select case when v_visitor then private.customer_view(messages) else to_jsonb(messages) end
  from public.messages
  where messages.conversation_id = p_conversation_id and messages.seq > p_seq
  order by messages.seq
  limit least(greatest(p_limit, 1), 1000);
end;
$$;

comment on function public.messages_since is
'The messages of a conversation after a seq, oldest first: what Realtime may have missed (U9).
Customers see their own conversation, without private notes.';
revoke all on function public.messages_since from public, anon, authenticated, service_role;
grant execute on function public.messages_since to authenticated, service_role;

-- sql/conversations/move_conversation.sql
-- Security definer: agents may not set these columns themselves, so that a change of hands is
-- always whole: the AI's turn fenced, the context cut, the event written.
create or replace function private.move_conversation(p_conversation_id uuid, p_event text)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  update public.conversations
  set
    epoch = conversations.epoch + 1,
    ai_mode = case p_event
      when 'taken_over' then 'human' when 'given_back' then 'auto' when 'resolved' then 'auto'
      else conversations.ai_mode
    end,
    assigned_agent_id = case
      when p_event <> 'taken_over' then conversations.assigned_agent_id
      else coalesce((select auth.uid()), conversations.assigned_agent_id)
    end,
    status = case p_event
      when 'resolved' then 'resolved' when 'reopened' then 'open' else conversations.status
    end,
    resolved_at = case p_event
      when 'resolved' then clock_timestamp() when 'reopened' then null
      else conversations.resolved_at
    end,
    unread_count = case p_event when 'resolved' then 0 else conversations.unread_count end,
    context_seq = case
      when p_event in ('given_back', 'resolved') then conversations.last_seq
      else conversations.context_seq
    end,
    handed_over_at = case when p_event <> 'given_back' then conversations.handed_over_at end,
    handed_over_reason = case
      when p_event <> 'given_back' then conversations.handed_over_reason
    end
  where conversations.id = p_conversation_id;
  perform private.note_event(p_conversation_id, p_event);
end;
$$;

comment on function private.move_conversation is
'Gives a conversation to people (taken_over) or the AI (given_back), ends it (resolved) or opens it
again (reopened), and notes so. PT403 for anybody but agents.';
revoke all on function private.move_conversation from public;
grant execute on function private.move_conversation to authenticated, service_role;

-- sql/conversations/my_conversations.sql
-- Security definer: conversations carry tags, intents and notes that are not for the customer.
create or replace function private.my_conversations()
returns setof uuid
language sql
stable
security definer
set search_path = ''
as $$
  select conversations.id
  from public.conversations
  where conversations.customer_id in (select private.my_customers());
$$;

comment on function private.my_conversations is 'The conversations of the calling visitor.';
revoke all on function private.my_conversations from public;
grant execute on function private.my_conversations to authenticated, service_role;

-- sql/conversations/name_customer.sql
create or replace function private.name_customer(p_customer_id uuid, p_name text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if nullif(btrim(p_name), '') is null then
    return;
  end if;

  update public.customer_profiles
  set name = p_name
  where customer_profiles.id = p_customer_id
    and coalesce(customer_profiles.name, '') ~ '^\+?[0-9 ()-]*$';

  update public.conversations
  set customer_name = p_name, user_name = p_name
  where conversations.customer_id = p_customer_id
    and conversations.status <> 'resolved'
    and coalesce(conversations.customer_name, '') ~ '^\+?[0-9 ()-]*$';
end;
$$;

comment on function private.name_customer is
'The platform''s name for a customer, where there is none yet but their number: what people have
written stays.';
revoke all on function private.name_customer from public;
grant execute on function private.name_customer to service_role;

-- sql/conversations/note_conflict.sql
-- Who is who is for people to say: two customers are never made one because a number moved on.
create or replace function private.note_conflict(
  p_customer_id uuid,
  p_channel_id uuid,
  p_identities jsonb
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_other uuid;
  v_conversation_id uuid;
begin
  for v_other in
    select distinct customer_identities.customer_id
    from jsonb_array_elements(p_identities) as named (item)
    join public.customer_identities
      on customer_identities.channel_id = p_channel_id
      and customer_identities.kind = named.item ->> 'kind'
      and customer_identities.value = named.item ->> 'value'
    where customer_identities.customer_id <> p_customer_id
  loop
    select conversations.id into v_conversation_id
    from public.conversations
    where conversations.customer_id = p_customer_id and conversations.channel_id = p_channel_id
    order by conversations.created_at desc
    limit 1;
    continue when v_conversation_id is null or exists (
      select 1
      from public.messages
      where messages.conversation_id = v_conversation_id
        and messages.message_type = 'event'
        and messages.metadata @> jsonb_build_object('other_customer_id', v_other)
    );
    perform private.note_event(
      v_conversation_id, 'identity_conflict', jsonb_build_object('other_customer_id', v_other)
    );
  end loop;
end;
$$;

comment on function private.note_conflict is
'Notes in a customer''s conversation, once, that the platform names them like somebody else.';
revoke all on function private.note_conflict from public;
grant execute on function private.note_conflict to service_role;

-- sql/conversations/note_event.sql
-- Security definer: what the system says nobody else may write, or hand-overs could be forged.
create or replace function private.note_event(
  p_conversation_id uuid,
  p_event text,
  p_details jsonb default '{}'
)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_message_id uuid := gen_random_uuid();
begin
  perform private.require_agent();
  insert into public.messages (
    id, conversation_id, sender_type, message_type, is_private, sender_id, metadata
  )
  values (
    v_message_id, p_conversation_id, 'system', 'event', true, (select auth.uid()),
    p_details || jsonb_build_object('event', p_event)
  );
  return v_message_id;
end;
$$;

comment on function private.note_event is
'Writes into a conversation, for agents alone, that something happened to it; PT403
for anybody but agents.';
revoke all on function private.note_event from public;
grant execute on function private.note_event to authenticated, service_role;

-- sql/conversations/number_message.sql
-- Security definer: an agent or visitor who may write a message need not own the counters.
-- The conversation's row lock makes seq gap-free and every later step of the transaction serial.
create or replace function private.number_message()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_customer boolean := new.sender_type = 'customer';
  v_quiet boolean := v_customer or new.is_private or new.metadata @> '{"event": "proactive"}';
  v_person boolean := new.sender_type = 'agent' and not new.is_private;
  v_turns boolean;
begin
  update public.conversations
  set
    last_seq = conversations.last_seq + 1,
    message_count = conversations.message_count + 1,
    unread_count = case when v_person then 0 else conversations.unread_count end
      + v_customer::integer,
    last_message = case when new.is_private then conversations.last_message
      else left(coalesce(nullif(new.content, ''), '[' || new.message_type || ']'), 280) end,
    last_message_at = new.created_at,
    updated_at = new.created_at,
    first_response_at = coalesce(
      conversations.first_response_at, case when not v_quiet then new.created_at end
    ),
    window_expires_at = case
      when v_customer then new.created_at + channels.service_window
      else conversations.window_expires_at
    end
  from public.channels
  where conversations.id = new.conversation_id and channels.id = conversations.channel_id
  returning
    conversations.last_seq, conversations.channel_type, conversations.channel_id,
    case when v_customer then conversations.status = 'resolved' and not new.metadata ? 'automatic'
      else v_person and conversations.ai_mode = 'auto' end
  into new.seq, new.channel_type, new.channel_id, v_turns;
  if not found then
    raise exception using
      errcode = 'PT404', message = format('conversation %s not found', new.conversation_id);
  end if;
  if v_turns then
    perform private.turn_to_speaker(new);
  end if;
  if not v_customer and new.external_message_id is null then
    new.delivery_status := private.first_status(new);
  end if;
  return new;
end;
$$;

comment on function private.number_message is
'Trigger: gives a message its seq and its first delivery status, counts it into its conversation
(I5, I6) and turns the conversation to whoever speaks.';
revoke all on function private.number_message from public;

create trigger number_message before insert on public.messages
for each row execute function private.number_message();

-- sql/conversations/office_text.sql
create or replace function private.office_text(
  p_language text,
  p_back_at timestamptz,
  p_time_zone text
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_local timestamp := p_back_at at time zone p_time_zone;
  v_day text := to_char(v_local, 'DD.MM.YYYY');
  v_slashed text := to_char(v_local, 'DD/MM/YYYY');
  v_time text := to_char(v_local, 'HH24:MI') || ' (' || p_time_zone || ')';
begin
  if p_back_at is null then
    return null;
  end if;

  return case split_part(lower(coalesce(p_language, 'en')), '-', 1)
    when 'de' then format('Wir sind ab %s um %s wieder da.', v_day, v_time)
    when 'es' then format('Volvemos a estar disponibles el %s a las %s.', v_slashed, v_time)
    when 'fr' then format('Nous serons de retour le %s à %s.', v_slashed, v_time)
    when 'it' then format('Saremo di nuovo disponibili il %s alle %s.', v_slashed, v_time)
    when 'pt' then format('Estaremos de volta em %s às %s.', v_slashed, v_time)
    when 'nl' then format('Wij zijn er weer op %s om %s.', v_day, v_time)
    when 'pl' then format('Wracamy %s o %s.', v_day, v_time)
    when 'ru' then format('Мы снова на связи %s в %s.', v_day, v_time)
    when 'tr' then format('%s tarihinde saat %s itibarıyla yeniden buradayız.', v_day, v_time)
    when 'ar' then format('سنعود في %s عند الساعة %s.', v_slashed, v_time)
    when 'zh' then format('我们将于%s %s恢复服务。', to_char(v_local, 'YYYY-MM-DD'), v_time)
    else format(
      'We are back on %s at %s.', to_char(v_local, 'FMDay, FMDD FMMonth'), v_time
    )
  end;
end;
$$;

comment on function private.office_text is
'When people are back, in 12 languages; English for any other; null when nobody knows.';
revoke all on function private.office_text from public;
grant execute on function private.office_text to service_role;

-- sql/conversations/open_conversation.sql
-- A customer who writes again soon after the end goes on with the same conversation: their message
-- wakes it, under its lock. Here nothing is locked, as a batch locks all of its conversations in
-- one order.
create or replace function private.open_conversation(
  p_customer_id uuid,
  p_channel_id uuid,
  p_language text default null,
  p_thread text default '',
  p_subject text default null
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
begin
  select conversations.id into v_conversation_id
  from public.conversations
  where conversations.customer_id = p_customer_id
    and conversations.channel_id = p_channel_id
    and conversations.thread = p_thread
    and (
      conversations.status <> 'resolved'
      or conversations.resolved_at > clock_timestamp() - interval '24 hours'
    )
  order by conversations.status = 'resolved', conversations.created_at desc
  limit 1;

  if v_conversation_id is not null then
    return v_conversation_id;
  end if;

  insert into public.conversations (
    customer_id, channel_id, channel_type, customer_name, user_name, user_email,
    customer_phone, language, thread, subject, number
  )
  select
    customer_profiles.id, channels.id, channels.type, customer_profiles.name,
    customer_profiles.name, customer_profiles.email, customer_profiles.phone,
    coalesce(p_language, customer_profiles.language), p_thread, nullif(left(p_subject, 500), ''),
    case when channels.type = 'email' then nextval('private.conversation_numbers') end
  from public.customer_profiles, public.channels
  where customer_profiles.id = p_customer_id and channels.id = p_channel_id
  on conflict (customer_id, channel_id, thread) where status <> 'resolved'
  do update set status = conversations.status
  returning id into v_conversation_id;
  return v_conversation_id;
end;
$$;

comment on function private.open_conversation is
'The open conversation of a customer on a channel account, of mail in a thread: found, ended within
a day, or new.';
revoke all on function private.open_conversation from public;
grant execute on function private.open_conversation to service_role;

-- sql/conversations/recent_history.sql
create or replace function private.recent_history(
  p_conversation public.conversations,
  p_limit integer
)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'role', recent.sender_type,
      'content', left(recent.content, 2000),
      'created_at', recent.created_at
    )
    order by recent.seq
  ), '[]')
  from (
    select messages.seq, messages.sender_type, messages.content, messages.created_at
    from public.messages
    where messages.conversation_id = p_conversation.id
      and messages.seq > p_conversation.context_seq
      and not messages.is_private
      and messages.deleted_at is null
      and messages.content <> ''
    order by messages.seq desc
    limit least(greatest(p_limit, 1), 50)
  ) as recent;
$$;

comment on function private.recent_history is
'The newest messages since the last hand-over or resolution, oldest first: [{role, content}].
Private notes never leave the team, so they are not here.';
revoke all on function private.recent_history from public;
grant execute on function private.recent_history to authenticated, service_role;

-- sql/conversations/record_profile.sql
-- Profile before conversations, as where a customer is erased: who is erased meanwhile stays so.
create or replace function private.record_profile(p_identity_id uuid, p_profile jsonb)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_identity public.customer_identities;
  v_name text := nullif(
    btrim(left(coalesce(p_profile ->> 'name', p_profile ->> 'username'), 200)), ''
  );
begin
  update public.customer_identities
  set profile_due_at = null
  where customer_identities.id = p_identity_id
  returning * into v_identity;

  if v_identity.id is null or p_profile is null then
    return false;
  end if;

  update public.customer_profiles
  set
    name = coalesce(nullif(customer_profiles.name, ''), v_name),
    attributes = customer_profiles.attributes || jsonb_build_object(
      'profile', jsonb_strip_nulls(p_profile)
    )
  where customer_profiles.id = v_identity.customer_id
    and customer_profiles.erased_at is null;
  if not found then
    return false;
  end if;

  update public.conversations
  set
    customer_name = v_name,
    user_name = coalesce(conversations.user_name, v_name)
  where conversations.customer_id = v_identity.customer_id
    and conversations.channel_id = v_identity.channel_id
    and conversations.customer_name is null
    and v_name is not null;
  return true;
end;
$$;

comment on function private.record_profile is
'What the platform told of a customer ({name, username, picture_url, locale}), or null where it will
not tell: a name is only given to who has none, here and in their conversations. True when kept.';
revoke all on function private.record_profile from public;
grant execute on function private.record_profile to service_role;

-- sql/conversations/reopen_conversation.sql
create or replace function public.reopen_conversation(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  perform private.require_newest(p_conversation_id);
  perform private.move_conversation(conversations.id, 'reopened')
  from public.conversations
  where conversations.id = p_conversation_id and conversations.status = 'resolved';
end;
$$;

comment on function public.reopen_conversation is
'Opens a resolved conversation again. PT403, PT404; PT409 when the customer has a newer one.';
revoke all on function public.reopen_conversation from public, anon, authenticated, service_role;
grant execute on function public.reopen_conversation to authenticated, service_role;

-- sql/conversations/request_signals.sql
-- On the website Realtime shows it, and mail knows nothing of the kind.
create or replace function private.request_signals(p_conversation_ids uuid[], p_kind text)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into private.signals (conversation_id, kind)
  select conversations.id, p_kind
  from public.conversations
  where conversations.id = any (p_conversation_ids)
    and conversations.channel_type not in ('website', 'email')
  order by conversations.id
  on conflict (conversation_id, kind) do update set requested_at = excluded.requested_at;
  get diagnostics v_count = row_count;

  if v_count > 0 then
    perform private.broadcast(array['worker'], array['signals'], array['{}'::jsonb]);
  end if;
  return v_count;
end;
$$;

comment on function private.request_signals is
'Asks the worker to show customers that we type or have read (R8, R24); returns how many
can see it.';
revoke all on function private.request_signals from public;
grant execute on function private.request_signals to service_role;

-- sql/conversations/require_content.sql
create or replace function private.require_content(
  p_content text,
  p_required boolean default true
)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if (p_required and coalesce(p_content, '') !~ '\S') or length(p_content) > 20000 then
    raise exception using
      errcode = 'PT400',
      message = 'a message has 1 to 20000 characters';
  end if;
end;
$$;

comment on function private.require_content is
'Raises PT400 unless there is something to say, and not too much of it; a message with files needs
no words.';
revoke all on function private.require_content from public;
grant execute on function private.require_content to authenticated, service_role;

-- sql/conversations/require_files.sql
create or replace function private.require_files(p_conversation_id uuid, p_media jsonb)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid := private.channel_of(p_conversation_id);
  v_file jsonb;
begin
  for v_file in
    select files.item
    from jsonb_array_elements(p_media) as files (item)
  loop
    if private.actor_role() = 'visitor' and not private.accepts_file(
      v_channel_id, v_file ->> 'mime_type', (v_file ->> 'size')::bigint
    ) then
      raise exception using
        errcode = 'PT400',
        message = format('%s is too large or of a kind that is not taken', v_file ->> 'filename'),
        hint = 'widget_configuration() tells max_upload_bytes and allowed_mime_types';
    end if;
  end loop;
end;
$$;

comment on function private.require_files is
'Raises PT400 for a visitor''s file that the widget does not take.';
revoke all on function private.require_files from public;
grant execute on function private.require_files to service_role;

-- sql/conversations/require_newest.sql
create or replace function private.require_newest(p_conversation_id uuid)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if exists (
    select 1
    from public.conversations
    join public.conversations as newer
      on newer.customer_id = conversations.customer_id
      and newer.channel_id = conversations.channel_id
      and newer.thread = conversations.thread
      and newer.status <> 'resolved'
    where conversations.id = p_conversation_id
      and conversations.status = 'resolved'
      and newer.id <> conversations.id
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('conversation %s has a newer open one', p_conversation_id),
      hint = 'go on in the open conversation of this customer';
  end if;
end;
$$;

comment on function private.require_newest is
'Raises PT409 for a conversation that has ended and whose customer has opened another since.';
revoke all on function private.require_newest from public;
grant execute on function private.require_newest to authenticated, service_role;

-- sql/conversations/resolve_conversation.sql
create or replace function public.resolve_conversation(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  perform private.move_conversation(conversations.id, 'resolved')
  from public.conversations
  where conversations.id = p_conversation_id and conversations.status <> 'resolved';
end;
$$;

comment on function public.resolve_conversation is
'Ends a conversation; a message within a day reopens it. PT403, PT404.';
revoke all on function public.resolve_conversation from public, anon, authenticated, service_role;
grant execute on function public.resolve_conversation to authenticated, service_role;

-- sql/conversations/route_conversations.sql
create or replace function private.route_conversations(p_messages public.messages[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
  v_rule public.routing_rules;
  v_count integer := 0;
begin
  if not exists (
    select 1
    from public.routing_rules
    where routing_rules.is_enabled
  ) then
    return 0;
  end if;

  foreach v_message in array private.first_words(p_messages) loop
    v_rule := private.rule_for(v_message);
    if v_rule.id is not null then
      perform private.apply_rule(v_message.conversation_id, v_rule);
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end;
$$;

comment on function private.route_conversations is
'Sends conversations to the right agent by the first words in them (R39); returns how many.';
revoke all on function private.route_conversations from public;
grant execute on function private.route_conversations to service_role;

-- sql/conversations/rule_for.sql
create or replace function private.rule_for(p_message public.messages)
returns public.routing_rules
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_rule public.routing_rules;
begin
  select routing_rules.* into v_rule
  from public.routing_rules
  join public.conversations on conversations.id = p_message.conversation_id
  where routing_rules.is_enabled
    and p_message.channel_id = coalesce(routing_rules.channel_id, p_message.channel_id)
    and p_message.channel_type = coalesce(routing_rules.channel_type, p_message.channel_type)
    and (
      routing_rules.language is null
      or lower(routing_rules.language)
        in (lower(conversations.language), split_part(lower(conversations.language), '-', 1))
    )
    and (
      routing_rules.subject_contains is null
      or position(
        lower(routing_rules.subject_contains) in lower(p_message.metadata ->> 'subject')
      ) > 0
    )
    and (routing_rules.text_contains is null or exists (
      select 1
      from unnest(routing_rules.text_contains) as wanted (words)
      where position(lower(wanted.words) in lower(p_message.content)) > 0
    ))
    and (routing_rules.sender_pattern is null or exists (
      select 1
      from unnest(private.identities_named(conversations.customer_id)) as named (value)
      where private.is_sent_by(named.value, routing_rules.sender_pattern)
    ))
    and (routing_rules.assign_agent_id is null or exists (
      select 1
      from public.agents
      where agents.id = routing_rules.assign_agent_id and agents.is_active
    ))
  order by routing_rules.position, routing_rules.created_at, routing_rules.id
  limit 1;
  return v_rule;
end;
$$;

comment on function private.rule_for is
'The first rule that a customer''s message meets, or null; one for an agent who is not active is
passed over (R39).';
revoke all on function private.rule_for from public;
grant execute on function private.rule_for to service_role;

-- sql/conversations/send_message.sql
-- The client's own id makes a retry harmless; the seq it has seen keeps two people from talking
-- past each other (U9).
create or replace function public.send_message(
  p_conversation_id uuid,
  p_content text,
  p_client_id uuid default null,
  p_seen_seq integer default null,
  p_private boolean default false,
  p_media jsonb default '[]',
  p_template jsonb default null
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  perform private.require_content(p_content, coalesce(p_media, '[]') = '[]');
  perform private.lock_conversation(p_conversation_id);
  v_message := private.message_of_client(p_conversation_id, p_client_id);

  if v_message.id is null then
    perform private.check_turn(p_conversation_id, p_seen_seq);
    v_message := case
      when private.actor_role() = 'visitor'
        then private.add_customer_message(p_conversation_id, p_content, p_client_id, p_media)
      else private.add_agent_message(
        p_conversation_id, p_content, p_client_id, p_private, p_media
      )
    end;
    if p_template is not null then
      perform private.set_template(v_message.id, p_template);
    end if;
  end if;
  return case
    when private.actor_role() = 'visitor' then private.customer_view(v_message)
    else to_jsonb(v_message)
  end;
end;
$$;

comment on function public.send_message is
'Says something in a conversation, as the calling agent or customer; returns the message.
p_client_id (the message''s id) makes a repeat harmless; p_seen_seq older than what the others
have said since is refused with PT409. p_media are files of the bucket media: [{path, filename}];
p_template has it go out as that template. PT400, PT401, PT403, PT404, PT429.';
revoke all on function public.send_message from public, anon, authenticated, service_role;
grant execute on function public.send_message to authenticated, service_role;

-- sql/conversations/set_priority.sql
create or replace function public.set_priority(p_conversation_id uuid, p_priority text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  if p_priority is null or p_priority not in ('low', 'normal', 'high', 'urgent') then
    raise exception using
      errcode = 'PT400',
      message = format('unknown priority %s', coalesce(p_priority, 'null')),
      hint = 'low, normal, high or urgent';
  end if;

  update public.conversations
  set priority = p_priority
  where conversations.id = p_conversation_id;
end;
$$;

comment on function public.set_priority is
'Sets how urgent a conversation is: low, normal, high, urgent (R13). PT400, PT403, PT404.';
revoke all on function public.set_priority from public, anon, authenticated, service_role;
grant execute on function public.set_priority to authenticated, service_role;

-- sql/conversations/set_tags.sql
create or replace function public.set_tags(p_conversation_id uuid, p_tags text[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  if p_tags is null or cardinality(p_tags) > 50 or exists (
    select 1
    from unnest(p_tags) as wanted (tag)
    where wanted.tag is null or length(btrim(wanted.tag)) not between 1 and 64
  ) then
    raise exception using
      errcode = 'PT400',
      message = 'up to 50 tags of 1 to 64 characters';
  end if;

  update public.conversations
  set tags = (
    select coalesce(array_agg(distinct btrim(wanted.tag) order by btrim(wanted.tag)), '{}')
    from unnest(p_tags) as wanted (tag)
  )
  where conversations.id = p_conversation_id;
end;
$$;

comment on function public.set_tags is
'Replaces the tags of a conversation (R13). PT400, PT403, PT404.';
revoke all on function public.set_tags from public, anon, authenticated, service_role;
grant execute on function public.set_tags to authenticated, service_role;

-- sql/conversations/set_template.sql
-- Security definer: an agent may not change messages; only the template of their own new one.
create or replace function private.set_template(p_message_id uuid, p_template jsonb)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  if jsonb_typeof(p_template) is distinct from 'object'
    or coalesce(p_template ->> 'name', '') = ''
    or coalesce(p_template ->> 'language', '') = ''
    or jsonb_typeof(coalesce(p_template -> 'parameters', '{}')) not in ('array', 'object') then
    raise exception using
      errcode = 'PT400',
      message = 'this is no template',
      hint = '{"name": …, "language": …, "parameters": [values] or {"name": value}}';
  end if;

  update public.messages
  set metadata = messages.metadata || jsonb_build_object('template', p_template)
  where messages.id = p_message_id
    and messages.sender_type = 'agent'
    and messages.sender_id is not distinct from (select auth.uid())
    and messages.delivery_status = 'queued';
end;
$$;

comment on function private.set_template is
'Has an agent''s message go out as a template of their choice (R28). PT400, PT403.';
revoke all on function private.set_template from public;
grant execute on function private.set_template to authenticated, service_role;

-- sql/conversations/set_typing.sql
create or replace function public.set_typing(p_conversation_id uuid, p_typing boolean default true)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.announce_typing(p_conversation_id, coalesce(p_typing, true));
$$;

comment on function public.set_typing is
'Shows the others in a conversation that the caller is typing (R8); nobody can type as another.
PT404, PT429.';
revoke all on function public.set_typing from public, anon, authenticated, service_role;
grant execute on function public.set_typing to authenticated, service_role;

-- sql/conversations/signal_to_show.sql
create or replace function private.signal_to_show(p_signal private.signals)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'kind', p_signal.kind,
    'conversation_id', conversations.id,
    'channel_type', channels.type,
    'account', channels.account,
    'identities', private.identities_on(conversations.customer_id, channels.id),
    'external_id', (
      select messages.external_message_id
      from public.messages
      where messages.conversation_id = conversations.id
        and messages.sender_type = 'customer'
        and messages.external_message_id is not null
      order by messages.seq desc
      limit 1
    )
  )
  from public.conversations
  join public.channels on channels.id = conversations.channel_id
  where conversations.id = p_signal.conversation_id;
$$;

comment on function private.signal_to_show is
'Everything a channel needs to show a signal; external_id is the customer''s newest message.';
revoke all on function private.signal_to_show from public;
grant execute on function private.signal_to_show to service_role;

-- sql/conversations/start_conversation.sql
-- Security definer: a visitor may own a conversation without being allowed to write customers.
create or replace function private.start_conversation(
  p_identifier text,
  p_channel text,
  p_channel_id uuid default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_role text := private.actor_role();
  v_channel_id uuid := private.channel_for(p_channel, p_channel_id);
  v_identities jsonb := private.identities_of(p_identifier, p_channel);
  v_customer_id uuid;
  v_conversation_id uuid;
begin
  if v_role = 'visitor' and ((select auth.uid()) is null or p_channel <> 'website') then
    raise exception using
      errcode = 'PT403',
      message = 'visitors start conversations on the website, signed in',
      hint = 'sign in anonymously first: auth.signInAnonymously()';
  end if;

  perform private.require_visitor(v_channel_id);
  if not private.identities_are_sound(v_identities) then
    raise exception using
      errcode = 'PT400',
      message = format('no customer of %s can be named like this', p_channel),
      hint = 'an e-mail address, a phone number or an id of up to 512 characters';
  end if;

  v_customer_id := private.upsert_customer(
    v_channel_id, v_identities, null, null, v_role <> 'visitor'
  );
  if v_role = 'visitor' then
    perform private.welcome_visitor(v_customer_id, p_identifier);
  end if;
  v_conversation_id := private.open_conversation(v_customer_id, v_channel_id);
  update public.conversations
  set status = 'open', resolved_at = null
  where conversations.id = v_conversation_id and conversations.status = 'resolved';
  return v_conversation_id;
end;
$$;

comment on function private.start_conversation is
'Finds or opens the conversation of an identifier on a channel; visitors get only their own.';
revoke all on function private.start_conversation from public;
grant execute on function private.start_conversation to authenticated, service_role;

-- sql/conversations/take_over.sql
create or replace function public.take_over(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  perform private.move_conversation(p_conversation_id, 'taken_over');
end;
$$;

comment on function public.take_over is
'A person answers from now on; a running AI turn writes nothing more (I8). PT403, PT404.';
revoke all on function public.take_over from public, anon, authenticated, service_role;
grant execute on function public.take_over to authenticated, service_role;

-- sql/conversations/touch_visitor.sql
-- Security definer: a visitor may not write conversations.
-- A row that somebody holds is left alone: nobody who reads should wait for this.
create or replace function private.touch_visitor(p_conversation_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if private.actor_role() <> 'visitor' or current_setting('transaction_read_only') = 'on' then
    return;
  end if;

  update public.conversations
  set visitor_seen_at = clock_timestamp()
  where conversations.id = (
    select due.id
    from public.conversations as due
    where due.id = p_conversation_id
      and due.id in (select private.my_conversations())
      and coalesce(due.visitor_seen_at < clock_timestamp() - interval '20 seconds', true)
    for no key update skip locked
  );
end;
$$;

comment on function private.touch_visitor is
'Notes that a visitor is looking at their conversation, at most every 20 seconds.';
revoke all on function private.touch_visitor from public;
grant execute on function private.touch_visitor to authenticated, service_role;

-- sql/conversations/turn_to_speaker.sql
-- A person who answers, here or on the platform, silences the AI (I8), whichever way the message
-- came in. A customer who writes after the end finds the conversation open, in the hands that the
-- end, or a person since, has left it in.
create or replace function private.turn_to_speaker(p_message public.messages)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  update public.conversations
  set
    epoch = conversations.epoch + 1,
    ai_mode = case p_message.sender_type when 'agent' then 'human' else conversations.ai_mode end,
    status = case p_message.sender_type when 'agent' then conversations.status else 'open' end,
    resolved_at = case p_message.sender_type when 'agent' then conversations.resolved_at end,
    handed_over_at = case p_message.sender_type when 'agent' then conversations.handed_over_at end,
    handed_over_reason = case p_message.sender_type
      when 'agent' then conversations.handed_over_reason
    end,
    assigned_agent_id = coalesce(
      conversations.assigned_agent_id,
      (
        select agents.id
        from public.agents
        where agents.id = p_message.sender_id and p_message.sender_type = 'agent'
      )
    )
  where conversations.id = p_message.conversation_id;
$$;

comment on function private.turn_to_speaker is
'Gives a conversation to the person who answers in it, or wakes it for the customer who writes
after its end; a running AI turn is fenced by the new epoch (I7, I8).';
revoke all on function private.turn_to_speaker from public;
grant execute on function private.turn_to_speaker to service_role;

-- sql/conversations/welcome_visitor.sql
-- The lock makes two tabs count one after the other. An address somebody types in is no identity:
-- it must never lead them to the conversations of the person whose it is.
create or replace function private.welcome_visitor(p_customer_id uuid, p_identifier text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('conversations of ' || p_customer_id, 0));
  if (
    select count(*)
    from public.conversations
    where conversations.customer_id = p_customer_id
      and conversations.created_at > clock_timestamp() - interval '1 day'
  ) >= 50 then
    raise exception using
      errcode = 'PT429',
      message = 'fifty conversations in a day are enough',
      hint = 'go on in the conversation that is open';
  end if;

  if private.keep_email(p_customer_id, p_identifier, 'create_conversation') then
    update public.customer_profiles
    set email = lower(btrim(p_identifier))
    where customer_profiles.id = p_customer_id and customer_profiles.email is null;
  end if;
end;
$$;

comment on function private.welcome_visitor is
'Keeps the e-mail address that a visitor gives at the start, as where to send answers once they
have left; PT429 for one who opens conversations all day.';
revoke all on function private.welcome_visitor from public;
grant execute on function private.welcome_visitor to service_role;

-- sql/metrics/bucket_percentile.sql
create or replace function private.bucket_percentile(
  p_buckets integer[],
  p_counts bigint[],
  p_share double precision
)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_left double precision := p_share * (
    select sum(counts.count)
    from unnest(p_counts) as counts (count)
  );
begin
  for v_place in 1 .. coalesce(cardinality(p_buckets), 0) loop
    if v_left <= p_counts[v_place] then
      return greatest(0, 100 * (p_buckets[v_place] + v_left / p_counts[v_place] - 0.5));
    end if;
    v_left := v_left - p_counts[v_place];
  end loop;
  return null;
end;
$$;

comment on function private.bucket_percentile is
'The milliseconds below which a share (0 to 1) of response times lies, from how many fell into which
tenth of a second, in rising order; true to that tenth.';
revoke all on function private.bucket_percentile from public;
grant execute on function private.bucket_percentile to authenticated, service_role;

-- sql/metrics/cleanup_expired_metrics.sql
create or replace function public.cleanup_expired_metrics(
  p_keep interval default interval '90 days',
  p_limit integer default 10000
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  delete from public.realtime_metrics
  where realtime_metrics.id in (
    select expired.id
    from public.realtime_metrics as expired
    where expired.timestamp < statement_timestamp() - p_keep
    limit p_limit
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function public.cleanup_expired_metrics is
'Removes metrics older than p_keep, at most p_limit a call; returns how many (R68).';
revoke all on function public.cleanup_expired_metrics
from public, anon, authenticated, service_role;
grant execute on function public.cleanup_expired_metrics to service_role;

-- sql/metrics/create_csat_link.sql
create or replace function private.create_csat_link(p_conversation_id uuid)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into private.csat_links (conversation_id)
  values (p_conversation_id)
  on conflict (conversation_id) do update
    set expires_at = clock_timestamp() + interval '30 days'
  returning token;
$$;

comment on function private.create_csat_link is
'The token of a conversation''s rating link, valid for 30 days from now.';
revoke all on function private.create_csat_link from public;
grant execute on function private.create_csat_link to service_role;

-- sql/metrics/create_rating_link.sql
create or replace function public.create_rating_link(p_conversation_id uuid)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  return private.issue_csat_link(p_conversation_id);
end;
$$;

comment on function public.create_rating_link is
'The token of a conversation''s public rating link, valid for 30 days: an agent sends the customer
<project url>/functions/v1/csat?t=<token> (R61). PT403, PT404.';
revoke all on function public.create_rating_link from public, anon, authenticated, service_role;
grant execute on function public.create_rating_link to authenticated, service_role;

-- sql/metrics/csat_result.sql
create or replace function private.csat_result(p_conversation_id uuid)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'rating', conversations.satisfaction_score,
    'language', coalesce(conversations.language, 'en')
  )
  from public.conversations
  where conversations.id = p_conversation_id;
$$;

comment on function private.csat_result is 'What the rating page shows afterwards.';
revoke all on function private.csat_result from public;
grant execute on function private.csat_result to service_role;

-- sql/metrics/figures_from.sql
create or replace function private.figures_from(
  p_counts jsonb,
  p_totals jsonb,
  p_p95 double precision
)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_answered numeric := coalesce((p_counts ->> 'ai_response_time')::numeric, 0);
  v_handed_over numeric := coalesce((p_counts ->> 'hand_over')::numeric, 0);
  v_taken numeric := coalesce((p_counts ->> 'delivery_time')::numeric, 0);
  v_failed numeric := coalesce((p_counts ->> 'delivery_failed')::numeric, 0);
begin
  return jsonb_build_object(
    'avgResponseTime', round(
      (p_totals ->> 'ai_response_time')::numeric / nullif(v_answered, 0), 1
    ),
    'p95ResponseTime', round(p_p95::numeric, 1),
    'aiConfidence', round(
      (p_totals ->> 'ai_confidence')::numeric / (p_counts ->> 'ai_confidence')::numeric, 3
    ),
    'aiResolutionRate', round(v_answered / nullif(v_answered + v_handed_over, 0), 4),
    'messageDeliveryRate', round(v_taken / nullif(v_taken + v_failed, 0), 5),
    'errorRate', round(v_failed / nullif(v_taken + v_failed, 0), 5),
    'answered', v_answered,
    'handedOver', v_handed_over,
    'messages', coalesce((p_counts ->> 'message')::bigint, 0),
    'customerMessages', coalesce((p_totals ->> 'message')::bigint, 0)
  );
end;
$$;

comment on function private.figures_from is
'The figures of get_performance_metrics from counts and totals by metric: {metric_name: number}.';
revoke all on function private.figures_from from public;
grant execute on function private.figures_from to authenticated, service_role;

-- sql/metrics/first_hour.sql
create or replace function private.first_hour()
returns timestamptz
language sql
stable
security invoker
set search_path = ''
as $$
  select date_trunc('hour', least(
    (
      select min(messages.created_at)
      from public.messages
    ),
    (
      select min(realtime_metrics.timestamp)
      from public.realtime_metrics
    )
  ), 'UTC');
$$;

comment on function private.first_hour is
'The hour of the first message or measurement there is, or null.';
revoke all on function private.first_hour from public;
grant execute on function private.first_hour to service_role;

-- sql/metrics/get_performance_metrics.sql
create or replace function public.get_performance_metrics(p_range interval default '24 hours')
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_since timestamptz := clock_timestamp() - p_range;
  v_figures jsonb;
begin
  perform private.require_agent();
  if p_range is null or p_range <= interval '0' or p_range > interval '400 days' then
    raise exception using
      errcode = 'PT400',
      message = 'the range is more than nothing and at most 400 days';
  end if;

  v_figures := private.performance_of(v_since);
  return v_figures -> 'all' || jsonb_build_object(
    'averageResponseTime', v_figures #> '{all,avgResponseTime}',
    'activeConversations', (
      select count(*)
      from public.conversations
      where conversations.status <> 'resolved'
    ),
    'channelPerformance', v_figures - 'all',
    'channelBreakdown', (
      select coalesce(jsonb_object_agg(parts.key, parts.value -> 'messages'), '{}')
      from jsonb_each(v_figures - 'all') as parts
    ),
    'since', v_since
  );
end;
$$;

comment on function public.get_performance_metrics is
'The dashboard''s figures over a range (R58 to R66): avgResponseTime in milliseconds,
aiResolutionRate and messageDeliveryRate as shares of 1, per channel too. PT400, PT403.';
revoke all on function public.get_performance_metrics
from public, anon, authenticated, service_role;
grant execute on function public.get_performance_metrics to authenticated, service_role;

-- sql/metrics/hours_between.sql
create or replace function private.hours_between(p_from timestamptz, p_to timestamptz)
returns setof private.metric_hours
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    date_trunc('hour', realtime_metrics.timestamp, 'UTC'),
    realtime_metrics.channel_type,
    measured.name,
    case
      when measured.name = 'ai_response_time' then least(measured.value / 100, 30000)
      else 0
    end::integer::smallint,
    count(*),
    sum(measured.value)
  from public.realtime_metrics
  cross join lateral (
    values
      (realtime_metrics.metric_name, realtime_metrics.metric_value),
      ('ai_confidence', (realtime_metrics.metadata ->> 'confidence')::double precision)
  ) as measured (name, value)
  where realtime_metrics.timestamp >= p_from and realtime_metrics.timestamp < p_to
    and realtime_metrics.channel_type is not null and measured.value is not null
  group by 1, 2, 3, 4
  union all
  select
    date_trunc('hour', messages.created_at, 'UTC'), messages.channel_type, 'message', 0::smallint,
    count(*), count(*) filter (where messages.sender_type = 'customer')
  from public.messages
  where messages.created_at >= p_from and messages.created_at < p_to and not messages.is_private
  group by 1, 2;
end;
$$;

comment on function private.hours_between is
'Measurements and messages of a time, summed up by hour as metric_hours has them.';
revoke all on function private.hours_between from public;
grant execute on function private.hours_between to authenticated, service_role;

-- sql/metrics/hours_since.sql
create or replace function private.hours_since(p_since timestamptz)
returns setof private.metric_hours
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_first timestamptz := date_trunc('hour', p_since, 'UTC') + interval '1 hour';
  v_rolled timestamptz := private.rolled_until();
begin
  if (v_rolled > v_first) is not true then
    return query select * from private.hours_between(p_since, 'infinity');
    return;
  end if;

  return query
  select *
  from private.hours_between(p_since, v_first)
  union all
  select metric_hours.*
  from private.metric_hours
  where metric_hours.hour >= v_first and metric_hours.hour < v_rolled
    and metric_hours.metric_name <> 'rolled_up'
  union all
  select *
  from private.hours_between(v_rolled, 'infinity');
end;
$$;

comment on function private.hours_since is
'Measurements and messages since a time, by hour: whole hours as they were summed up, the rest
anew.';
revoke all on function private.hours_since from public;
grant execute on function private.hours_since to authenticated, service_role;

-- sql/metrics/issue_csat_link.sql
-- Security definer: tokens are closed to everybody; an agent may only ask for one.
create or replace function private.issue_csat_link(p_conversation_id uuid)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  return private.create_csat_link(p_conversation_id);
end;
$$;

comment on function private.issue_csat_link is
'Makes or renews a conversation''s rating link for an agent; PT403 for anybody else.';
revoke all on function private.issue_csat_link from public;
grant execute on function private.issue_csat_link to authenticated, service_role;

-- sql/metrics/measure_rule.sql
create or replace function private.measure_rule(p_rule public.alert_rules)
returns double precision
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when count(*) < p_rule.minimum_count then null
    when p_rule.aggregate = 'avg' then avg(realtime_metrics.metric_value)
    when p_rule.aggregate = 'max' then max(realtime_metrics.metric_value)
    when p_rule.aggregate = 'p95'
      then percentile_cont(0.95) within group (order by realtime_metrics.metric_value)
    else count(*)
  end
  from public.realtime_metrics
  where realtime_metrics.metric_name = p_rule.metric_name
    and realtime_metrics.timestamp > statement_timestamp() - p_rule.time_window;
$$;

comment on function private.measure_rule is
'The rule''s aggregate over its window, or null while there is too little to judge.';
revoke all on function private.measure_rule from public;
grant execute on function private.measure_rule to service_role;

-- sql/metrics/performance_of.sql
create or replace function private.performance_of(p_since timestamptz)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with rated as (
    select
      coalesce(conversations.channel_type, 'all') as channel,
      jsonb_build_object(
        'satisfaction', round(avg(csat_responses.rating), 2), 'ratings', count(*)
      ) as figures
    from public.csat_responses
    join public.conversations on conversations.id = csat_responses.conversation_id
    where csat_responses.updated_at >= p_since
    group by grouping sets ((), (conversations.channel_type))
  ),

  scopes as (
    select channels.type as channel
    from public.channels
    union
    select 'all'
  )

  select jsonb_object_agg(
    scopes.channel,
    jsonb_build_object(
      'avgResponseTime', null, 'p95ResponseTime', null, 'aiConfidence', null,
      'aiResolutionRate', null, 'messageDeliveryRate', null, 'errorRate', null,
      'answered', 0, 'handedOver', 0, 'messages', 0, 'customerMessages', 0,
      'satisfaction', null, 'ratings', 0
    )
    || coalesce(replies.figures, '{}')
    || coalesce(rated.figures, '{}')
  )
  from scopes
  left join private.replies_since(p_since) as replies on replies.channel = scopes.channel
  left join rated on rated.channel = scopes.channel;
$$;

comment on function private.performance_of is
'The figures since a time under the names of get_performance_metrics: of all channels together
(all), and of each.';
revoke all on function private.performance_of from public;
grant execute on function private.performance_of to authenticated, service_role;

-- sql/metrics/raise_alert.sql
create or replace function private.raise_alert(
  p_kind text,
  p_severity text,
  p_message text,
  p_rule_id uuid default null,
  p_channel_id uuid default null
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_alert public.alerts;
begin
  insert into public.alerts (kind, severity, message, rule_id, channel_id)
  values (p_kind, p_severity, p_message, p_rule_id, p_channel_id)
  on conflict (kind, rule_id, channel_id) where resolved_at is null do nothing
  returning * into v_alert;

  if v_alert.id is null then
    return false;
  end if;

  perform private.broadcast(
    array['inbox'], array['alert'],
    array[jsonb_build_object('id', v_alert.id, 'alert', to_jsonb(v_alert))]
  );
  return true;
end;
$$;

comment on function private.raise_alert is
'Raises an alert and rings the inbox, unless the same cause is alerted already; true when new.';
revoke all on function private.raise_alert from public;
grant execute on function private.raise_alert to service_role;

-- sql/metrics/raise_alerts.sql
create or replace function private.raise_alerts()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_rule public.alert_rules;
  v_value double precision;
  v_raised integer := 0;
begin
  for v_rule in
    select alert_rules.*
    from public.alert_rules
    where alert_rules.is_enabled
    order by alert_rules.name
  loop
    v_value := private.measure_rule(v_rule);
    if v_value > v_rule.threshold then
      v_raised := v_raised + private.raise_alert(
        'metric', v_rule.severity,
        format('%s: %s is %s, above %s', v_rule.name, v_rule.metric_name,
          round(v_value::numeric, 1), v_rule.threshold),
        v_rule.id
      )::integer;
    else
      update public.alerts
      set resolved_at = clock_timestamp()
      where alerts.rule_id = v_rule.id and alerts.resolved_at is null;
    end if;
  end loop;
  return v_raised;
end;
$$;

comment on function private.raise_alerts is
'Checks every enabled rule: raises what is above its threshold, resolves what no longer is.';
revoke all on function private.raise_alerts from public;
grant execute on function private.raise_alerts to service_role;

create trigger touch_alert_rules before update on public.alert_rules
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_alert_rules after insert or update or delete on public.alert_rules
for each row execute function private.audit_change();

-- sql/metrics/record_csat.sql
create or replace function public.record_csat(
  p_token uuid,
  p_rating integer,
  p_comment text default null
)
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.store_csat(p_token, p_rating, p_comment);
$$;

comment on function public.record_csat is
'A customer rates a conversation by the link they got, 1 to 5; a second time replaces the first.
Returns {rating, language}. PT400 for another rating, PT404 for a wrong or expired token.';
revoke all on function public.record_csat from public, anon, authenticated, service_role;
grant execute on function public.record_csat to anon, authenticated, service_role;

-- sql/metrics/record_metric.sql
create or replace function private.record_metric(
  p_name text,
  p_value double precision,
  p_conversation_id uuid default null,
  p_channel_type text default null,
  p_metadata jsonb default '{}'
)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into public.realtime_metrics (
    metric_name, metric_value, conversation_id, channel_type, metadata
  )
  values (p_name, p_value, p_conversation_id, p_channel_type, p_metadata);
$$;

comment on function private.record_metric is 'Keeps one measurement; times in milliseconds.';
revoke all on function private.record_metric from public;
grant execute on function private.record_metric to service_role;

-- sql/metrics/replies_since.sql
-- The share of delivered messages counts what the platform took; whether the customer saw it only
-- some platforms tell.
create or replace function private.replies_since(p_since timestamptz)
returns table (channel text, figures jsonb)
language sql
stable
security invoker
set search_path = ''
as $$
  with counted as materialized (
    select
      coalesce(hours.channel_type, 'all') as channel,
      hours.metric_name as name,
      hours.bucket,
      sum(hours.count) as count,
      sum(hours.total) as total
    from private.hours_since(p_since) as hours
    group by grouping sets (
      (hours.metric_name, hours.bucket), (hours.channel_type, hours.metric_name, hours.bucket)
    )
  ),

  summed as (
    select
      counted.channel,
      jsonb_object_agg(counted.name, counted.count) as counts,
      jsonb_object_agg(counted.name, counted.total) as totals
    from (
      select counted.channel, counted.name, sum(counted.count) as count, sum(counted.total) as total
      from counted
      group by counted.channel, counted.name
    ) as counted
    group by counted.channel
  ),

  spread as (
    select
      counted.channel,
      private.bucket_percentile(
        array_agg(counted.bucket::integer order by counted.bucket),
        array_agg(counted.count::bigint order by counted.bucket), 0.95
      ) as p95
    from counted
    where counted.name = 'ai_response_time'
    group by counted.channel
  )

  select summed.channel, private.figures_from(summed.counts, summed.totals, spread.p95)
  from summed
  left join spread on spread.channel = summed.channel;
$$;

comment on function private.replies_since is
'What happened since a time, and how fast, how sure and how reliably was answered: of all, and of
each channel that had anything.';
revoke all on function private.replies_since from public;
grant execute on function private.replies_since to authenticated, service_role;

-- sql/metrics/roll_up_hours.sql
-- An hour is closed five minutes after its end: whatever began in it is committed by then. Two who
-- do this at once write the same rows.
create or replace function private.roll_up_hours(p_span interval default '6 hours')
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_from timestamptz := coalesce(private.rolled_until(), private.first_hour());
  v_to timestamptz := least(
    v_from + p_span, date_trunc('hour', clock_timestamp() - interval '5 minutes', 'UTC')
  );
begin
  -- Also when nothing has happened yet, v_from being null.
  if (v_to > v_from) is not true then
    return 0;
  end if;

  insert into private.metric_hours (hour, channel_type, metric_name, bucket, count, total)
  select *
  from private.hours_between(v_from, v_to)
  union all
  values (v_to - interval '1 hour', 'all', 'rolled_up', 0::smallint, 0, 0)
  on conflict (hour, channel_type, metric_name, bucket) do nothing;

  delete from private.metric_hours
  where metric_hours.hour < clock_timestamp() - interval '401 days';
  return extract(epoch from v_to - v_from) / 3600;
end;
$$;

comment on function private.roll_up_hours is
'Sums up the next closed hours into metric_hours, at most p_span at a time; returns how many.';
revoke all on function private.roll_up_hours from public;
grant execute on function private.roll_up_hours to service_role;

-- sql/metrics/rolled_until.sql
create or replace function private.rolled_until()
returns timestamptz
language sql
stable
security invoker
set search_path = ''
as $$
  select max(metric_hours.hour) + interval '1 hour'
  from private.metric_hours;
$$;

comment on function private.rolled_until is
'The first moment that metric_hours does not hold yet; null while it holds nothing.';
revoke all on function private.rolled_until from public;
grant execute on function private.rolled_until to authenticated, service_role;

-- sql/metrics/store_csat.sql
-- Security definer: whoever holds the unguessable token may rate, signed in or not.
create or replace function private.store_csat(p_token uuid, p_rating integer, p_comment text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_conversation_id uuid;
begin
  if p_rating is null or p_rating not between 1 and 5 then
    raise exception using
      errcode = 'PT400',
      message = 'a rating is 1 to 5';
  end if;

  select csat_links.conversation_id into v_conversation_id
  from private.csat_links
  where csat_links.token = p_token and csat_links.expires_at > clock_timestamp();

  if not found then
    raise exception using
      errcode = 'PT404',
      message = 'this rating link is unknown or has expired';
  end if;

  insert into public.csat_responses (conversation_id, rating, comment)
  values (v_conversation_id, p_rating, left(p_comment, 2000))
  on conflict (conversation_id) do update
    set rating = excluded.rating, comment = excluded.comment, updated_at = clock_timestamp();

  update public.conversations
  set satisfaction_score = p_rating
  where conversations.id = v_conversation_id;
  perform private.record_metric('csat', p_rating, v_conversation_id);
  return private.csat_result(v_conversation_id);
end;
$$;

comment on function private.store_csat is
'Keeps the rating of a conversation by its link''s token; PT400, PT404.';
revoke all on function private.store_csat from public;
grant execute on function private.store_csat to anon, authenticated, service_role;

-- sql/metrics/update_conversation_metrics.sql
create or replace function public.update_conversation_metrics(p_message public.messages)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_first_response_at timestamptz;
  v_created_at timestamptz;
begin
  if p_message.is_private then
    return;
  end if;

  select conversations.first_response_at, conversations.created_at
  into v_first_response_at, v_created_at
  from public.conversations
  where conversations.id = p_message.conversation_id;

  if v_first_response_at = p_message.created_at then
    perform private.record_metric(
      'first_response_time', private.milliseconds(p_message.created_at - v_created_at),
      p_message.conversation_id, p_message.channel_type,
      jsonb_build_object('sender_type', p_message.sender_type)
    );
  end if;

  if p_message.sender_type = 'ai' then
    update public.conversations
    set
      ai_confidence = p_message.confidence_score,
      intent = coalesce(p_message.intent_detected, conversations.intent)
    where conversations.id = p_message.conversation_id;
    perform private.record_metric(
      'ai_response_time', coalesce(p_message.processing_time_ms, 0),
      p_message.conversation_id, p_message.channel_type,
      jsonb_build_object('confidence', p_message.confidence_score)
    );
  elsif p_message.metadata ->> 'event' = 'handed_over' then
    perform private.record_metric(
      'hand_over', 1, p_message.conversation_id, p_message.channel_type,
      jsonb_build_object('reason', p_message.metadata ->> 'reason')
    );
  end if;
end;
$$;

comment on function public.update_conversation_metrics is
'Measures a reply: first response time, AI response time and confidence, hand-overs (R56, R66).';
revoke all on function public.update_conversation_metrics
from public, anon, authenticated, service_role;
grant execute on function public.update_conversation_metrics to service_role;

-- sql/delivery/addresses_of.sql
create or replace function private.addresses_of(
  p_delivery private.deliveries,
  p_customer_id uuid
)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'identities', coalesce(
      jsonb_object_agg(
        customer_identities.kind, customer_identities.value
        order by customer_identities.is_verified, customer_identities.created_at
      ) filter (where customer_identities.unreachable_since is null),
      '{}'
    ) || jsonb_strip_nulls(jsonb_build_object('email', case
      when p_delivery.content is not null and p_delivery.identity_id is null
        then private.consented_email(p_customer_id)
    end)),
    'is_reachable', coalesce(bool_or(customer_identities.unreachable_since is null), true)
  )
  from public.customer_identities
  where customer_identities.customer_id = p_customer_id
    and customer_identities.channel_id = p_delivery.channel_id
    and (
      p_delivery.identity_id is null
      or customer_identities.id = p_delivery.identity_id
      and private.may_write_to(customer_identities)
    );
$$;

comment on function private.addresses_of is
'Where a delivery may go: {identities: {kind: value}, is_reachable}; of several of a kind the
newest that the platform has given, none that has stopped us, or only the one agreed to where
another channel takes over. What continues a chat by mail goes to the address given for it.';
revoke all on function private.addresses_of from public;
grant execute on function private.addresses_of to service_role;

-- sql/delivery/apply_receipts.sql
create or replace function private.apply_receipts(p_channel_id uuid, p_receipts jsonb)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery_ids uuid[];
  v_delivery_id uuid;
begin
  with reported as (
    insert into private.receipts (
      channel_id, external_id, status, error_code, error, occurred_at, delivery_id
    )
    select
      p_channel_id, receipts.external_id, receipts.status,
      left(receipts.error_code, 100), left(receipts.error, 1000),
      case
        when pg_input_is_valid(receipts.occurred_at, 'timestamptz')
          then receipts.occurred_at::timestamptz
      end,
      private.delivery_of(p_channel_id, receipts.external_id, receipts.tracker)
    from jsonb_to_recordset(p_receipts) as receipts (
      external_id text, status text, error_code text, error text, occurred_at text, tracker text
    )
    order by receipts.external_id, receipts.status
    on conflict (channel_id, external_id, status) do nothing
    returning receipts.delivery_id
  )

  select array_agg(distinct reported.delivery_id order by reported.delivery_id)
  filter (where reported.delivery_id is not null)
  into v_delivery_ids
  from reported;

  foreach v_delivery_id in array coalesce(v_delivery_ids, '{}') loop
    perform private.apply_receipts_of(v_delivery_id);
  end loop;
  return jsonb_array_length(p_receipts);
end;
$$;

comment on function private.apply_receipts is
'Takes what a platform reports of our messages: [{external_id, status, tracker, error_code, error,
occurred_at}]; known deliveries move on, unknown ones are parked (R27, U3). Returns how many.';
revoke all on function private.apply_receipts from public;
grant execute on function private.apply_receipts to service_role;

-- sql/delivery/apply_receipts_of.sql
create or replace function private.apply_receipts_of(p_delivery_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
  v_receipt private.receipts;
begin
  select deliveries.* into v_delivery
  from private.deliveries
  where deliveries.id = p_delivery_id
  for no key update;

  if v_delivery.external_id is null and private.may_have_parts(v_delivery) then
    return;
  elsif v_delivery.part_ids <> '{}' then
    perform private.move_delivery(p_delivery_id, worst.status, worst.error_code, worst.error)
    from private.receipt_of_parts(v_delivery) as worst;
    return;
  end if;

  for v_receipt in
    select receipts.*
    from private.receipts
    where receipts.delivery_id = p_delivery_id
      and receipts.external_id = coalesce(v_delivery.external_id, receipts.external_id)
    order by private.delivery_rank(receipts.status)
  loop
    continue when v_receipt.status = 'failed' and private.requeue_delivery(
      p_delivery_id, v_receipt.error_code, v_receipt.error
    );
    perform private.move_delivery(
      p_delivery_id, v_receipt.status, v_receipt.error_code, v_receipt.error
    );
  end loop;

  update private.deliveries
  set external_id = (
    select receipts.external_id
    from private.receipts
    where receipts.delivery_id = p_delivery_id
    limit 1
  )
  where deliveries.id = p_delivery_id and deliveries.external_id is null;
end;
$$;

comment on function private.apply_receipts_of is
'Moves a delivery to the highest state its receipts report; those of an earlier try that was sent
under another id do not count. Of several parts a receipt is proof of one alone: it waits for the
report of the whole.';
revoke all on function private.apply_receipts_of from public;
grant execute on function private.apply_receipts_of to service_role;

-- sql/delivery/apply_watermarks.sql
-- An event speaks of the past alone; the mark stays for a send whose answer is still out.
create or replace function private.apply_watermarks(p_channel_id uuid, p_marks jsonb)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_mark jsonb;
  v_customer_id uuid;
  v_until timestamptz;
  v_count integer := 0;
begin
  for v_mark in
    select marks.item
    from jsonb_array_elements(p_marks) with ordinality as marks (item, place)
    order by marks.item -> 'identities', marks.place
  loop
    v_customer_id := private.find_customer(p_channel_id, v_mark -> 'identities');
    v_until := private.watermark_of(p_channel_id, v_mark);
    if v_customer_id is not null and v_until is not null then
      insert into private.watermarks (channel_id, customer_id, status, until)
      values (p_channel_id, v_customer_id, v_mark ->> 'status', v_until)
      on conflict (channel_id, customer_id, status)
      do update set until = greatest(watermarks.until, excluded.until);
      v_count := v_count + private.raise_deliveries(
        p_channel_id, v_customer_id, v_mark ->> 'status', v_until
      );
    end if;
  end loop;
  return v_count;
end;
$$;

comment on function private.apply_watermarks is
'Takes what platforms say of everything up to a moment: [{identities, status, until, external_id}].
Returns how many deliveries rose (R24, U3).';
revoke all on function private.apply_watermarks from public;
grant execute on function private.apply_watermarks to service_role;

-- sql/delivery/apply_watermarks_of.sql
create or replace function private.apply_watermarks_of(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_status text;
begin
  for v_status in
    select watermarks.status
    from public.conversations
    join private.watermarks
      on watermarks.customer_id = conversations.customer_id
      and watermarks.channel_id = p_delivery.channel_id
    where conversations.id = p_delivery.conversation_id
      and watermarks.until >= p_delivery.attempted_at
    order by private.delivery_rank(watermarks.status)
  loop
    perform private.move_delivery(p_delivery.id, v_status);
  end loop;
end;
$$;

comment on function private.apply_watermarks_of is
'Raises a delivery that was just taken to what a watermark has said of it meanwhile.';
revoke all on function private.apply_watermarks_of from public;
grant execute on function private.apply_watermarks_of to service_role;

-- sql/delivery/blame_channel.sql
-- A mail that bounces speaks of the account of whom it went to, not of ours.
create or replace function private.blame_channel(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_delivery.channel_type <> 'email'
    and private.failure_class(p_delivery.channel_type, p_delivery.error_code) = 'account' then
    perform private.block_channel(
      p_delivery.channel_id, coalesce(p_delivery.error, p_delivery.error_code)
    );
  else
    perform private.note_failure(p_delivery);
  end if;
end;
$$;

comment on function private.blame_channel is
'A platform took a message and failed it later: what that says of our account (R70, R76).';
revoke all on function private.blame_channel from public;
grant execute on function private.blame_channel to service_role;

-- sql/delivery/block_channel.sql
create or replace function private.block_channel(p_channel_id uuid, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set retry_at = clock_timestamp() + private.probe_delay(1), probes = 1
  where channels.id = p_channel_id and channels.retry_at is null;
  perform private.lose_channel(
    p_channel_id, p_reason, format('channel %s refuses our account', p_channel_id)
  );
end;
$$;

comment on function private.block_channel is
'A platform refuses our account: its queue stops but for one message now and then, and admins are
told once (R70, R76).';
revoke all on function private.block_channel from public;
grant execute on function private.block_channel to service_role;

-- sql/delivery/claim_deliveries.sql
-- Oldest first, and per conversation and channel only the first that is still open: order is kept,
-- and what is stuck elsewhere blocks nothing. In plpgsql, as only there the plan knows the limit: a
-- long queue is read from its front, not sorted.
create or replace function private.claim_deliveries(
  p_worker text,
  p_channel_types text[],
  p_limit integer,
  p_accounts text[] default null
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_ids uuid[] := private.sending_channels(p_channel_types, p_accounts);
  v_delivery_ids uuid[] := private.claim_probes(p_channel_types, p_accounts);
begin
  v_delivery_ids := v_delivery_ids || array(
    select deliveries.id
    from private.deliveries
    where deliveries.state = 'queued'
      and deliveries.next_attempt_at <= statement_timestamp()
      and deliveries.channel_id = any (v_channel_ids)
      and not exists (
        select 1
        from private.deliveries as earlier
        where earlier.conversation_id = deliveries.conversation_id
          and earlier.channel_id = deliveries.channel_id
          and earlier.state in ('queued', 'sending')
          and earlier.position < deliveries.position
      )
    order by deliveries.next_attempt_at
    limit p_limit
    for no key update skip locked
  );

  return query
  with claimed as (
    update private.deliveries
    set
      state = 'sending', worker = p_worker, attempts = deliveries.attempts + 1,
      attempted_at = clock_timestamp(), lease_until = clock_timestamp() + interval '2 minutes'
    where deliveries.id = any (v_delivery_ids)
    returning deliveries.*
  )

  select private.outgoing(claimed)
  from claimed;
end;
$$;

comment on function private.claim_deliveries is
'Leases due deliveries of these channel types (and accounts, unless null) to a worker for two
minutes (files take their time; a dead worker is known by its heartbeat), each with all it needs to
be sent: {delivery_id, attempt, message_id, conversation_id, channel_type, account, identities,
is_reachable, content, message_type, media, choices, template, reply_to, via, window_open,
sender_type, language, external_ids, mail}.';
revoke all on function private.claim_deliveries from public;
grant execute on function private.claim_deliveries to service_role;

-- sql/delivery/claim_media.sql
create or replace function private.claim_media(
  p_worker text,
  p_channel_types text[],
  p_limit integer,
  p_accounts text[] default null
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
    select media_files.id
    from private.media_files
    where media_files.state = 'pending'
      and media_files.next_attempt_at <= statement_timestamp()
      and media_files.channel_id = any (v_channel_ids)
    order by media_files.next_attempt_at
    limit p_limit
    for no key update skip locked
  ),

  claimed as (
    update private.media_files
    set
      worker = p_worker, attempts = media_files.attempts + 1,
      next_attempt_at = clock_timestamp() + interval '3 minutes'
    from due
    where media_files.id = due.id
    returning media_files.*
  )

  select private.media_to_fetch(claimed)
  from claimed;
end;
$$;

comment on function private.claim_media is
'Leases due files of these channel types (and accounts, unless null) to a worker for three minutes:
{file_id, attempt, message_id, inbound_id, conversation_id, channel_type, account, place, media}.';
revoke all on function private.claim_media from public;
grant execute on function private.claim_media to service_role;

-- sql/delivery/claim_probes.sql
create or replace function private.claim_probes(p_channel_types text[], p_accounts text[])
returns uuid[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid;
  v_delivery_id uuid;
  v_delivery_ids uuid[] := '{}';
begin
  for v_channel_id in
    select channels.id
    from public.channels
    where channels.retry_at <= statement_timestamp()
      and coalesce(channels.paused_until <= statement_timestamp(), true)
      and channels.type = any (p_channel_types)
      and (p_accounts is null or channels.account = any (p_accounts))
    order by channels.id
    for no key update skip locked
  loop
    select deliveries.id into v_delivery_id
    from private.deliveries
    where deliveries.channel_id = v_channel_id
      and deliveries.state = 'queued'
      and deliveries.next_attempt_at <= statement_timestamp()
      and not exists (
        select 1
        from private.deliveries as earlier
        where earlier.conversation_id = deliveries.conversation_id
          and earlier.channel_id = deliveries.channel_id
          and earlier.state in ('queued', 'sending')
          and earlier.position < deliveries.position
      )
    order by deliveries.position
    limit 1
    for no key update skip locked;
    continue when v_delivery_id is null;

    v_delivery_ids := v_delivery_ids || v_delivery_id;
    update public.channels
    set
      probes = channels.probes + 1,
      retry_at = clock_timestamp() + private.probe_delay(channels.probes + 1)
    where channels.id = v_channel_id;
  end loop;
  return v_delivery_ids;
end;
$$;

comment on function private.claim_probes is
'The one message of each refused account that may be sent now, to see whether it still is: the queue
follows when it is taken (R76).';
revoke all on function private.claim_probes from public;
grant execute on function private.claim_probes to service_role;

-- sql/delivery/delivery_groups.sql
create or replace function private.delivery_groups(p_window interval)
returns table (
  channel_id uuid,
  state text,
  accepted_step smallint,
  confirmed_step smallint,
  is_read boolean,
  count bigint
)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    deliveries.channel_id,
    deliveries.state,
    case when deliveries.sent_at is not null then ceil(50 * ln(greatest(
      date_part('epoch', deliveries.sent_at - deliveries.created_at) * 1000, 1
    )))::smallint end as accepted_step,
    case when deliveries.delivered_at is not null then ceil(50 * ln(greatest(
      date_part('epoch', deliveries.delivered_at - deliveries.sent_at) * 1000, 1
    )))::smallint end as confirmed_step,
    deliveries.read_at is not null as is_read,
    count(*) as count
  from private.deliveries
  where deliveries.created_at > statement_timestamp() - p_window
  group by 1, 2, 3, 4, 5;
$$;

comment on function private.delivery_groups is
'How many messages of so long are in which state by channel and waited how long, in steps of two
per cent (milliseconds are e to the power of step / 50): counting is faster than sorting.';
revoke all on function private.delivery_groups from public;
grant execute on function private.delivery_groups to authenticated, service_role;

-- sql/delivery/delivery_like.sql
create or replace function private.delivery_like(p_channel_id uuid, p_echo jsonb)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_customer_id uuid := private.find_customer(p_channel_id, p_echo -> 'identities');
begin
  return (
    select deliveries.id
    from public.conversations
    join private.deliveries
      on deliveries.conversation_id = conversations.id
      and deliveries.channel_id = p_channel_id
    join public.messages on messages.id = deliveries.message_id
    where conversations.customer_id = v_customer_id
      and deliveries.state in ('sending', 'unknown')
      and deliveries.attempted_at > clock_timestamp() - interval '5 minutes'
      and (
        private.same_words(messages.content, p_echo ->> 'content')
        or (
          p_echo ->> 'content' = ''
          and coalesce(p_echo -> 'media', '[]') <> '[]'
          and messages.metadata ? 'media'
        )
      )
    order by deliveries.position
    limit 1
  );
end;
$$;

comment on function private.delivery_like is
'The send to this customer of the last five minutes whose answer is still out and which says what an
echo says, or null; a long text goes out in several parts, each of which is echoed. What is older is
a person repeating themselves.';
revoke all on function private.delivery_like from public;
grant execute on function private.delivery_like to service_role;

-- sql/delivery/delivery_of.sql
create or replace function private.delivery_of(
  p_channel_id uuid,
  p_external_id text,
  p_tracker text
)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_delivery_id uuid;
begin
  select deliveries.id into v_delivery_id
  from private.deliveries
  where deliveries.channel_id = p_channel_id and deliveries.external_id = p_external_id;

  if v_delivery_id is null then
    select deliveries.id into v_delivery_id
    from private.deliveries
    where deliveries.part_ids <> '{}'
      and deliveries.part_ids @> array[p_external_id]
      and deliveries.channel_id = p_channel_id;
  end if;

  if v_delivery_id is null
    and pg_input_is_valid(p_tracker, 'uuid') then
    select deliveries.id into v_delivery_id
    from private.deliveries
    where deliveries.id = p_tracker::uuid and deliveries.channel_id = p_channel_id;
  end if;
  return v_delivery_id;
end;
$$;

comment on function private.delivery_of is
'The delivery a receipt is about, by the platform''s id or by our own id that it carried back.';
revoke all on function private.delivery_of from public;
grant execute on function private.delivery_of to service_role;

-- sql/delivery/delivery_rank.sql
create or replace function private.delivery_rank(p_state text)
returns integer
language sql
immutable
security invoker
set search_path = ''
as $$
  select case p_state
    when 'queued' then 0
    when 'sending' then 1
    when 'unknown' then 2
    when 'dead' then 2
    when 'sent' then 3
    when 'failed' then 4
    when 'delivered' then 5
    when 'read' then 6
  end;
$$;

comment on function private.delivery_rank is
'The order of a delivery''s states: a receipt may only raise it (sent < delivered < read).';
revoke all on function private.delivery_rank from public;
grant execute on function private.delivery_rank to service_role;

-- sql/delivery/delivery_slo.sql
create or replace function public.delivery_slo(p_window interval default '30 days')
returns table (
  channel_type text, account text, attempted bigint, accepted bigint, confirmed bigint, read bigint,
  failed bigint, unknown bigint, dead bigint, pending bigint,
  accepted_rate numeric, confirmed_rate numeric, receipt text,
  accepted_p50_ms double precision, accepted_p95_ms double precision,
  accepted_p99_ms double precision, confirmed_p50_ms double precision,
  confirmed_p95_ms double precision, confirmed_p99_ms double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  return query
  select
    channels.type, channels.account, sums.attempted, sums.accepted,
    case when figures.has_receipts then sums.confirmed end,
    case when figures.has_receipts then sums.read end,
    sums.failed, sums.unknown, sums.dead, sums.pending,
    round(sums.accepted::numeric / nullif(sums.attempted - sums.pending, 0), 5),
    case when figures.has_receipts
      then round(sums.confirmed::numeric / nullif(sums.accepted, 0), 5) end,
    figures.receipt,
    sums.accepted_ms[1], sums.accepted_ms[2], sums.accepted_ms[3],
    figures.confirmed_ms[1], figures.confirmed_ms[2], figures.confirmed_ms[3]
  from private.delivery_sums(p_window) as sums
  join public.channels on channels.id = sums.channel_id
  cross join lateral (
    select
      private.receipts_of(channels.type) as receipt,
      private.receipts_of(channels.type) not like 'none%' as has_receipts,
      case when private.receipts_of(channels.type) not like 'none%'
        then sums.confirmed_ms end as confirmed_ms
  ) as figures
  order by channels.type, channels.account;
end;
$$;

comment on function public.delivery_slo is
'How many messages of so long each platform took, confirmed and lost, and how soon (R65): computed
from the outbox. Of what a platform never reports it says so and gives null. PT403.';
revoke all on function public.delivery_slo from public, anon, authenticated, service_role;
grant execute on function public.delivery_slo to authenticated, service_role;

-- sql/delivery/delivery_sums.sql
create or replace function private.delivery_sums(p_window interval)
returns table (
  channel_id uuid,
  attempted bigint,
  accepted bigint,
  confirmed bigint,
  read bigint,
  failed bigint,
  unknown bigint,
  dead bigint,
  pending bigint,
  accepted_ms double precision[],
  confirmed_ms double precision[]
)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    groups.channel_id,
    sum(groups.count)::bigint,
    coalesce(sum(groups.count) filter (where groups.accepted_step is not null), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.confirmed_step is not null), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.is_read), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.state = 'failed'), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.state = 'unknown'), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.state = 'dead'), 0)::bigint,
    coalesce(sum(groups.count) filter (where groups.state in ('queued', 'sending')), 0)::bigint,
    private.wait_percentiles(array_agg(groups.accepted_step), array_agg(groups.count)),
    private.wait_percentiles(array_agg(groups.confirmed_step), array_agg(groups.count))
  from private.delivery_groups(p_window) as groups
  group by groups.channel_id;
$$;

comment on function private.delivery_sums is
'The counts and the percentiles (50, 95, 99) of the outbox by channel, over so long.';
revoke all on function private.delivery_sums from public;
grant execute on function private.delivery_sums to authenticated, service_role;

-- sql/delivery/enqueue_deliveries.sql
-- On the website the row itself is the delivery; what a person wrote on the platform is sent.
create or replace function private.enqueue_deliveries(p_messages public.messages[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_queued integer;
begin
  with outgoing as (
    insert into private.deliveries (
      message_id, conversation_id, channel_id, channel_type, state, external_id, sent_at
    )
    select
      messages.id, messages.conversation_id, messages.channel_id, messages.channel_type,
      messages.delivery_status, messages.external_message_id,
      case when messages.delivery_status = 'sent' then messages.created_at end
    from unnest(p_messages) as messages
    where messages.sender_type <> 'customer' and not messages.is_private
    order by messages.conversation_id, messages.seq
    returning deliveries.state
  )

  select count(*) filter (where outgoing.state = 'queued') into v_queued
  from outgoing;
  return v_queued;
end;
$$;

comment on function private.enqueue_deliveries is
'Puts what AI, agents and the system say into the outbox; returns how many the worker must send.';
revoke all on function private.enqueue_deliveries from public;
grant execute on function private.enqueue_deliveries to service_role;

-- sql/delivery/expire_deliveries.sql
create or replace function private.expire_deliveries()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
  v_count integer := 0;
begin
  for v_delivery in
    update private.deliveries
    set
      state = case when deliveries.channel_type = 'email' then 'queued' else 'unknown' end,
      lease_until = null,
      error_code = 'lease_expired',
      error = 'the worker went away while sending'
    where deliveries.id in (
      select stuck.id
      from private.deliveries as stuck
      where stuck.state = 'sending'
        and (
          stuck.lease_until < statement_timestamp()
          or not private.worker_lives(stuck.worker)
        )
      order by stuck.id
      limit 100
      for no key update skip locked
    )
    returning *
  loop
    perform private.show_delivery(v_delivery);
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;

comment on function private.expire_deliveries is
'A send whose worker died is unknown: nobody knows whether it went out. Mail may be sent again, as
its Message-ID stays the same. Returns how many.';
revoke all on function private.expire_deliveries from public;
grant execute on function private.expire_deliveries to service_role;

-- sql/delivery/fails_for_now.sql
create or replace function private.fails_for_now(p_delivery private.deliveries, p_code text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_delivery.channel_type = 'whatsapp'
    and p_delivery.state in ('sending', 'sent', 'unknown')
    and p_delivery.part_ids = '{}'
    and case private.failure_class(p_delivery.channel_type, p_code)
      when 'account' then true
      when 'transient' then p_delivery.failures < 7
      when 'throttled'
        then coalesce(p_delivery.throttled_at > clock_timestamp() - interval '1 day', true)
      else false
    end;
end;
$$;

comment on function private.fails_for_now is
'Whether a platform that reports a message as failed would take it later: too fast, held back for
now, out of order for now, our account refused for now.';
revoke all on function private.fails_for_now from public;
grant execute on function private.fails_for_now to service_role;

-- sql/delivery/failure_class.sql
create or replace function private.failure_class(p_channel_type text, p_code text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_code is null then 'unknown'
    when p_code in (
      'no_address', 'bad_address', 'bad_id', 'suppressed', 'unreachable', 'migrated'
    ) then 'recipient'
    when p_code in (
      'empty', 'too_long', 'too_large', 'caption_not_allowed', 'unknown_type', 'not_sendable',
      'file_gone', 'no_file'
    ) then 'content'
    when p_code = 'window' then 'window'
    when p_code in ('account_not_configured', 'reconnect_needed', 'tls', 'not_supported')
      then 'account'
    when p_code in ('pace', 'lookups') then 'throttled'
    when p_code = 'storage' then 'transient'
    when p_channel_type = 'email' then private.mail_failure_class(p_code)
    when p_channel_type = 'telegram' then private.telegram_failure_class(p_code)
    when p_channel_type in ('whatsapp', 'instagram', 'messenger')
      then private.meta_failure_class(p_code)
    else 'unknown'
  end;
end;
$$;

comment on function private.failure_class is
'What a platform''s error code means, in the answer to a send and in a receipt alike: throttled,
transient, content, window, recipient, account or unknown (R72, R73).';
revoke all on function private.failure_class from public;
grant execute on function private.failure_class to service_role;

-- sql/delivery/fall_back.sql
create or replace function private.fall_back(p_delivery private.deliveries)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_identity public.customer_identities;
begin
  if private.failure_class(p_delivery.channel_type, p_delivery.error_code) = 'content'
    or p_delivery.part_ids <> '{}' then
    return false;
  end if;

  v_identity := private.next_identity(p_delivery);
  insert into private.deliveries (
    position, message_id, conversation_id, channel_id, channel_type, identity_id, content
  )
  overriding system value
  select
    p_delivery.position, messages.id, messages.conversation_id, channels.id, channels.type,
    v_identity.id,
    private.fallback_text(conversations.language, messages.channel_type, messages.content)
  from public.messages
  join public.conversations on conversations.id = messages.conversation_id
  join public.channels on channels.id = v_identity.channel_id
  where messages.id = p_delivery.message_id and messages.sender_type in ('ai', 'agent')
  on conflict (message_id, channel_id) do nothing;
  if not found then
    return false;
  end if;

  perform private.broadcast(array['worker'], array['deliveries'], array['{}'::jsonb]);
  return true;
end;
$$;

comment on function private.fall_back is
'Queues an answer that failed on the next channel the customer agreed to, in its old place; false
where there is none, where other words are needed, or where a part of it is out (R73).';
revoke all on function private.fall_back from public;
grant execute on function private.fall_back to service_role;

-- sql/delivery/fall_back_blocked.sql
create or replace function private.fall_back_blocked()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
  v_count integer := 0;
begin
  for v_delivery in
    select deliveries.*
    from private.deliveries
    join public.channels on channels.id = deliveries.channel_id
    cross join lateral private.next_identity(deliveries) as usable
    where deliveries.state = 'queued'
      and channels.retry_at is not null
      and deliveries.created_at < statement_timestamp() - channels.fallback_after
      and usable.id is not null
    order by deliveries.next_attempt_at
    limit 100
    for no key update of deliveries skip locked
  loop
    if private.fall_back(v_delivery) then
      update private.deliveries
      set state = 'failed', error_code = coalesce(deliveries.error_code, 'account_blocked')
      where deliveries.id = v_delivery.id
      returning * into v_delivery;
      perform private.show_delivery(v_delivery);
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end;
$$;

comment on function private.fall_back_blocked is
'Messages that have waited too long for a refused account go by another channel, where the
customer agreed to one (R73, R76); returns how many.';
revoke all on function private.fall_back_blocked from public;
grant execute on function private.fall_back_blocked to service_role;

-- sql/delivery/fallback_text.sql
create or replace function private.fallback_text(
  p_language text,
  p_channel_type text,
  p_content text
)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select format(
    case split_part(lower(coalesce(p_language, 'en')), '-', 1)
      when 'de' then 'Sie haben uns über %s geschrieben. Unsere Antwort:'
      when 'es' then 'Nos escribió por %s. Nuestra respuesta:'
      when 'fr' then 'Vous nous avez écrit sur %s. Notre réponse :'
      when 'it' then 'Ci ha scritto su %s. La nostra risposta:'
      when 'pt' then 'Você nos escreveu pelo %s. Nossa resposta:'
      when 'nl' then 'U schreef ons via %s. Ons antwoord:'
      when 'pl' then 'Wiadomość do nas przyszła przez %s. Nasza odpowiedź:'
      when 'ru' then 'Вы написали нам через %s. Наш ответ:'
      when 'tr' then 'Bize %s üzerinden yazdınız. Yanıtımız:'
      when 'ar' then 'لقد راسلتنا عبر %s. إليك ردّنا:'
      when 'zh' then '您通过 %s 联系了我们。我们的回复：'
      else 'You wrote to us on %s. Our answer:'
    end,
    case p_channel_type
      when 'whatsapp' then 'WhatsApp' when 'email' then 'E-mail' else initcap(p_channel_type)
    end
  ) || E'\n\n' || p_content
  where p_content <> '';
$$;

comment on function private.fallback_text is
'An answer as it goes out on another channel: after a line, in 12 languages, that says where the
question was asked (R55, R75). Null for one without words.';
revoke all on function private.fallback_text from public;
grant execute on function private.fallback_text to service_role;

-- sql/delivery/file_is_kept.sql
create or replace function private.file_is_kept(p_message_id uuid, p_path text)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select exists (
    select 1
    from private.media_files
    where media_files.message_id = p_message_id
      and media_files.state <> 'failed'
      and (media_files.path = p_path or media_files.state = 'pending')
  );
$$;

comment on function private.file_is_kept is
'Whether a message still wants the file under a path, so that a worker that came too late may not
delete it.';
revoke all on function private.file_is_kept from public;
grant execute on function private.file_is_kept to service_role;

-- sql/delivery/files_to_remove.sql
-- What is deleted is gone from storage.objects: there is nothing to record and nothing to lose.
create or replace function private.files_to_remove(p_limit integer)
returns setof text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (select 1 from private.removed_files) then
    return;
  end if;

  delete from private.removed_files
  where removed_files.until < statement_timestamp()
    and not exists (
      select 1
      from storage.objects
      where objects.bucket_id = 'media' and starts_with(objects.name, removed_files.prefix)
    );

  return query
  select objects.name
  from storage.objects
  join private.removed_files on starts_with(objects.name, removed_files.prefix)
  where objects.bucket_id = 'media'
  order by objects.name
  limit p_limit;
end;
$$;

comment on function private.files_to_remove is
'Paths in the bucket media that the worker must delete now (U13).';
revoke all on function private.files_to_remove from public;
grant execute on function private.files_to_remove to service_role;

-- sql/delivery/find_channel.sql
create or replace function private.find_channel(p_channel_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1
    from public.channels
    where channels.id = p_channel_id
      and channels.lost_at is null
      and channels.retry_at is null
      and (
        channels.status <> 'degraded'
        or coalesce(channels.paused_until <= clock_timestamp(), true)
      )
  ) or not private.set_channel_status(p_channel_id, 'connected') then
    return;
  end if;

  insert into private.channel_events (channel_id, kind)
  values (p_channel_id, 'connected');

  update public.alerts
  set resolved_at = clock_timestamp()
  where alerts.channel_id = p_channel_id
    and alerts.kind = 'channel'
    and alerts.resolved_at is null;
end;
$$;

comment on function private.find_channel is
'Marks a channel that works both ways as connected, keeps when, and resolves its alert (R76).';
revoke all on function private.find_channel from public;
grant execute on function private.find_channel to service_role;

-- sql/delivery/follow_failure.sql
create or replace function private.follow_failure(p_delivery private.deliveries, p_result jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_delivery.state in ('failed', 'dead') then
    perform private.fall_back(p_delivery);
  end if;
  perform private.show_delivery(p_delivery);
  if p_result -> 'account_blocked' = 'true' then
    perform private.block_channel(p_delivery.channel_id, p_result ->> 'error');
  else
    perform private.note_failure(p_delivery);
  end if;
  if p_result -> 'channel_paused' = 'true' then
    perform private.pause_channel(
      p_delivery.channel_id, p_delivery.next_attempt_at - clock_timestamp(), p_result ->> 'error'
    );
  end if;
  if p_result -> 'unreachable' = 'true' then
    perform private.mark_unreachable(p_delivery);
  end if;
end;
$$;

comment on function private.follow_failure is
'What follows from a failed send beside its own state: another channel, what its message shows, what
is known of its channel and of its customer.';
revoke all on function private.follow_failure from public;
grant execute on function private.follow_failure to service_role;

-- sql/delivery/forget_sending.sql
create or replace function private.forget_sending(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.receipts
  set delivery_id = null
  where receipts.delivery_id = p_delivery.id;

  update public.messages
  set external_message_id = null
  where messages.id = p_delivery.message_id and messages.channel_id = p_delivery.channel_id;
end;
$$;

comment on function private.forget_sending is
'What is sent anew goes under another id: receipts of the earlier one do not count any more.';
revoke all on function private.forget_sending from public;
grant execute on function private.forget_sending to service_role;

-- sql/delivery/gather_traffic.sql
create or replace function private.gather_traffic()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_in_from timestamptz;
  v_out_from timestamptz;
  v_count integer;
begin
  select
    coalesce(max(channels.last_in_at) - interval '1 minute', '-infinity'),
    coalesce(max(channels.last_out_at) - interval '1 minute', '-infinity')
  into v_in_from, v_out_from
  from public.channels;

  update public.channels
  set
    last_in_at = greatest(channels.last_in_at, traffic.in_at),
    last_out_at = greatest(channels.last_out_at, traffic.out_at)
  from (
    select heard.channel_id, max(heard.in_at) as in_at, max(heard.out_at) as out_at
    from (
      select messages.channel_id, messages.created_at as in_at, null::timestamptz as out_at
      from public.messages
      where messages.created_at > v_in_from and messages.sender_type = 'customer'
      union all
      select deliveries.channel_id, null, deliveries.sent_at
      from private.deliveries
      where deliveries.sent_at > v_out_from
    ) as heard
    group by heard.channel_id
  ) as traffic
  where channels.id = traffic.channel_id
    and (
      traffic.in_at > coalesce(channels.last_in_at, '-infinity')
      or traffic.out_at > coalesce(channels.last_out_at, '-infinity')
    );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.gather_traffic is
'Notes on each channel when a customer was last heard of and a message last taken, from what came
since the last time; returns how many channels that changed.';
revoke all on function private.gather_traffic from public;
grant execute on function private.gather_traffic to service_role;

-- sql/delivery/has_errors.sql
create or replace function private.has_errors(p_channel public.channels, p_at_least integer)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from private.channel_events
    where channel_events.channel_id = p_channel.id
      and channel_events.kind in ('in_error', 'out_error')
      and channel_events.created_at > coalesce(
        case channel_events.kind
          when 'in_error' then p_channel.last_in_at else p_channel.last_out_at
        end,
        '-infinity'
      )
      and (
        p_at_least = 1 or channel_events.created_at > statement_timestamp() - interval '15 minutes'
      )
    group by channel_events.kind
    having count(*) >= p_at_least
  );
end;
$$;

comment on function private.has_errors is
'Whether so many errors came in a direction in which nothing has succeeded since; of several only
those of the last quarter of an hour count.';
revoke all on function private.has_errors from public;
grant execute on function private.has_errors to service_role;

-- sql/delivery/is_hard_bounce.sql
create or replace function private.is_hard_bounce(p_code text)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(p_code ~ '^5\.1\.(0|1|2|3|4|6|10)$', false);
$$;

comment on function private.is_hard_bounce is
'Whether a status code (RFC 3463) says that the recipient''s address is none; 5.1.7 and 5.1.8 speak
of ours.';
revoke all on function private.is_hard_bounce from public;
grant execute on function private.is_hard_bounce to service_role;

-- sql/delivery/is_whole.sql
create or replace function private.is_whole(p_delivery_id uuid, p_echo jsonb)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select btrim(messages.content, E' \t\r\n') = btrim(p_echo ->> 'content', E' \t\r\n')
      and (
        (messages.content <> '')::integer
        + jsonb_array_length(coalesce(messages.metadata -> 'media', '[]'))
      ) = 1
    from private.deliveries
    join public.messages on messages.id = deliveries.message_id
    where deliveries.id = p_delivery_id
  );
end;
$$;

comment on function private.is_whole is
'Whether an echo shows all of a delivery: one part of several says nothing of the others.';
revoke all on function private.is_whole from public;
grant execute on function private.is_whole to service_role;

-- sql/delivery/judge_channels.sql
create or replace function private.judge_channels()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel public.channels;
  v_count integer := 0;
begin
  for v_channel in
    select channels.*
    from public.channels
    where channels.is_enabled and channels.status <> 'disconnected'
  loop
    if v_channel.status <> 'degraded' and private.has_errors(v_channel, 3) then
      perform private.set_channel_status(v_channel.id, 'degraded', v_channel.last_error);
      perform private.raise_alert(
        'channel', 'warning',
        format('channel %s has errors and no success: %s', v_channel.id,
          left(v_channel.last_error, 200)),
        null, v_channel.id
      );
      v_count := v_count + 1;
    elsif (
        v_channel.status = 'degraded'
        and coalesce(v_channel.paused_until <= clock_timestamp(), true)
        and not private.has_errors(v_channel, 1)
      )
      or (v_channel.status = 'unknown'
        and num_nonnulls(v_channel.last_in_at, v_channel.last_out_at) > 0) then
      perform private.find_channel(v_channel.id);
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end;
$$;

comment on function private.judge_channels is
'A channel without success while errors come is degraded, with an alert; success makes it connected
again (R70, R76). Returns how many changed.';
revoke all on function private.judge_channels from public;
grant execute on function private.judge_channels to service_role;

-- sql/delivery/judge_silence.sql
create or replace function private.judge_silence()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel public.channels;
  v_raised integer := 0;
begin
  for v_channel in
    select channels.*
    from public.channels
    where channels.is_enabled
      and channels.last_in_at < statement_timestamp() - channels.expected_silence
  loop
    v_raised := v_raised + private.raise_alert(
      'silence', 'warning',
      format('nobody has written on channel %s for %s', v_channel.id, v_channel.expected_silence),
      null, v_channel.id
    )::integer;
  end loop;

  update public.alerts
  set resolved_at = clock_timestamp()
  from public.channels
  where alerts.resolved_at is null
    and channels.id = alerts.channel_id
    and case alerts.kind
      when 'silence' then (
        channels.is_enabled
        and channels.last_in_at < statement_timestamp() - channels.expected_silence
      ) is not true
      when 'delivery' then channels.last_out_at > alerts.raised_at + interval '1 hour'
    end;
  return v_raised;
end;
$$;

comment on function private.judge_silence is
'Alerts admins of a channel that usually has customers and has none (R70), and ends that alert, and
that of lost answers an hour on, when traffic goes on. Returns how many rose.';
revoke all on function private.judge_silence from public;
grant execute on function private.judge_silence to service_role;

-- sql/delivery/judge_tokens.sql
create or replace function private.judge_tokens()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel public.channels;
  v_raised integer := 0;
begin
  update public.channels
  set token_state = case
    when channels.token_expires_at < statement_timestamp() then 'invalid' else 'expiring'
  end
  where channels.token_state in ('valid', 'expiring')
    and channels.token_expires_at < case channels.token_state
      when 'valid' then statement_timestamp() + interval '7 days' else statement_timestamp()
    end;

  for v_channel in
    select channels.*
    from public.channels
    where channels.token_state in ('expiring', 'invalid')
  loop
    v_raised := v_raised + private.raise_alert(
      'token', case v_channel.token_state when 'invalid' then 'critical' else 'warning' end,
      format('the access of channel %s is %s', v_channel.id, v_channel.token_state),
      null, v_channel.id
    )::integer;
  end loop;

  update public.alerts
  set resolved_at = clock_timestamp()
  from public.channels
  where alerts.kind = 'token'
    and alerts.resolved_at is null
    and channels.id = alerts.channel_id
    and channels.token_state in ('unknown', 'valid');
  return v_raised;
end;
$$;

comment on function private.judge_tokens is
'Access that ends within a week is expiring, past its end invalid; alerts rise and fall with that.
Returns how many rose.';
revoke all on function private.judge_tokens from public;
grant execute on function private.judge_tokens to service_role;

-- sql/delivery/last_mail.sql
create or replace function private.last_mail(p_delivery private.deliveries)
returns public.messages
language sql
stable
security invoker
set search_path = ''
as $$
  select messages
  from public.messages
  where messages.conversation_id = p_delivery.conversation_id
    and messages.channel_id = p_delivery.channel_id
    and messages.external_message_id like '%@%'
    and messages.id <> p_delivery.message_id
    and messages.metadata -> 'automatic' is null
  order by messages.sender_type = 'customer' desc, messages.seq desc
  limit 1;
$$;

comment on function private.last_mail is
'The mail that a delivery answers: the customer''s last one, else our last one; null for none.';
revoke all on function private.last_mail from public;
grant execute on function private.last_mail to service_role;

-- sql/delivery/lose_channel.sql
create or replace function private.lose_channel(p_channel_id uuid, p_reason text, p_alert text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if private.set_channel_status(p_channel_id, 'disconnected', left(p_reason, 500)) then
    insert into private.channel_events (channel_id, kind, data)
    values (
      p_channel_id, 'disconnected', jsonb_build_object('reason', left(p_reason, 500))
    );
    perform private.raise_alert(
      'channel', 'critical', format('%s: %s', p_alert, left(p_reason, 200)), null, p_channel_id
    );
  end if;
end;
$$;

comment on function private.lose_channel is
'Marks a channel as disconnected, keeps when, and tells admins, once for each reason.';
revoke all on function private.lose_channel from public;
grant execute on function private.lose_channel to service_role;

-- sql/delivery/mail_address.sql
create or replace function private.mail_address(
  p_delivery private.deliveries,
  p_asked public.messages
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_named text := case
    when p_asked.sender_type = 'customer'
      and p_asked.metadata #>> '{authentication,trusted}' = 'true'
      then p_asked.metadata ->> 'reply_to_address'
  end;
begin
  if p_delivery.identity_id is not null then
    return (
      select customer_identities.value
      from public.customer_identities
      where customer_identities.id = p_delivery.identity_id
        and private.may_write_to(customer_identities)
    );
  elsif p_delivery.content is not null then
    return (
      select private.consented_email(conversations.customer_id)
      from public.conversations
      where conversations.id = p_delivery.conversation_id
    );
  end if;

  return coalesce(
    v_named,
    case when p_asked.sender_type = 'customer' then p_asked.metadata ->> 'from' end,
    (
      select customer_identities.value
      from public.conversations
      join public.customer_identities
        on customer_identities.customer_id = conversations.customer_id
        and customer_identities.channel_id = p_delivery.channel_id
        and customer_identities.kind = 'email'
      where conversations.id = p_delivery.conversation_id
      order by customer_identities.created_at desc
      limit 1
    )
  );
end;
$$;

comment on function private.mail_address is
'Where a mail goes. In place of another channel and after a chat only where the customer agreed to,
else to the address that a trusted mail asked to be answered at, to who wrote the last one, to the
customer''s newest address; null for none.';
revoke all on function private.mail_address from public;
grant execute on function private.mail_address to service_role;

-- sql/delivery/mail_failure_class.sql
create or replace function private.mail_failure_class(p_code text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_status text := split_part(p_code, ' ', 1);
begin
  return case
    when v_status ~ '^(530|534|535|454|5\.7\.(0|8|9|11))$' then 'account'
    when v_status ~ '^(450|452|4\.3\.2|4\.7\.\d+)$' then 'throttled'
    when v_status ~ '^4(\d\d|\.\d+\.\d+)$' then 'transient'
    when v_status ~ '^(550|551|553|5\.1\.\d+|5\.2\.\d+|5\.4\.\d+)$' then 'recipient'
    when v_status ~ '^(552|554|5\.3\.4|5\.6\.\d+|5\.7\.\d+)$' then 'content'
    else 'unknown'
  end;
end;
$$;

comment on function private.mail_failure_class is
'The class of an SMTP reply code or of an enhanced status code (RFC 3463), as a bounce tells it.';
revoke all on function private.mail_failure_class from public;
grant execute on function private.mail_failure_class to service_role;

-- sql/delivery/mail_of.sql
create or replace function private.mail_of(p_delivery private.deliveries)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_asked public.messages := private.last_mail(p_delivery);
  v_address text := private.mail_address(p_delivery, v_asked);
  v_subject text;
  v_name text;
begin
  select
    coalesce(messages.metadata ->> 'subject', 'Re: ' || nullif(conversations.subject, '')),
    conversations.customer_name
  into v_subject, v_name
  from public.messages
  join public.conversations on conversations.id = messages.conversation_id
  where messages.id = p_delivery.message_id;

  return jsonb_build_object(
    'subject', v_subject,
    'to', v_address,
    'name', v_name,
    'suppressed', exists (
      select 1
      from public.customer_identities
      where customer_identities.channel_id = p_delivery.channel_id
        and customer_identities.kind = 'email'
        and customer_identities.value = v_address
        and customer_identities.unreachable_since is not null
    ),
    'in_reply_to', v_asked.external_message_id,
    'references', coalesce(
      case when v_asked.sender_type = 'customer' then v_asked.metadata -> 'references' end, '[]'
    ) || private.sent_before(p_delivery)
  );
end;
$$;

comment on function private.mail_of is
'What only a mail needs: {subject, to, name, suppressed, in_reply_to, references}. It goes to the
sender of the customer''s last mail, or where that asked for, if it was proven to be theirs (R37).';
revoke all on function private.mail_of from public;
grant execute on function private.mail_of to service_role;

-- sql/delivery/mark_unreachable.sql
-- A customer who has written since the send began is back, whatever the platform said before.
create or replace function private.mark_unreachable(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if exists (
    select 1
    from public.messages
    where messages.conversation_id = p_delivery.conversation_id
      and messages.sender_type = 'customer'
      and messages.created_at > p_delivery.attempted_at
  ) then
    return;
  end if;

  perform private.set_reachable(customer_identities.id, false)
  from public.conversations
  join public.customer_identities
    on customer_identities.customer_id = conversations.customer_id
    and customer_identities.channel_id = p_delivery.channel_id
  where conversations.id = p_delivery.conversation_id
  order by customer_identities.id;
end;
$$;

comment on function private.mark_unreachable is
'The platform says that the customer of a delivery has stopped us: nothing more is sent to them
there until they write again.';
revoke all on function private.mark_unreachable from public;
grant execute on function private.mark_unreachable to service_role;

-- sql/delivery/may_have_parts.sql
-- Where a message is split its channel's adapter decides, so it errs towards several.
create or replace function private.may_have_parts(p_delivery private.deliveries)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_delivery.part_ids <> '{}' or exists (
    select 1
    from public.messages
    join public.channels on channels.id = p_delivery.channel_id
    where messages.id = p_delivery.message_id
      and (
        length(coalesce(p_delivery.content, messages.content)) > least(
          channels.max_text_length, case when messages.metadata ? 'choices' then 1000 end
        )
        or (messages.content <> '')::integer
        + case jsonb_typeof(messages.metadata -> 'media')
          when 'array' then jsonb_array_length(messages.metadata -> 'media') else 0
        end > 1
      )
  );
end;
$$;

comment on function private.may_have_parts is
'Whether a delivery may go out in several parts, of which each has a receipt of its own.';
revoke all on function private.may_have_parts from public;
grant execute on function private.may_have_parts to service_role;

-- sql/delivery/measure_delivery.sql
create or replace function private.measure_delivery(p_delivery private.deliveries)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.record_metric(
    'delivery_time', private.milliseconds(p_delivery.sent_at - messages.created_at),
    p_delivery.conversation_id, p_delivery.channel_type
  )
  from public.messages
  where messages.id = p_delivery.message_id;
$$;

comment on function private.measure_delivery is
'Measures how long a message waited until its platform took it.';
revoke all on function private.measure_delivery from public;
grant execute on function private.measure_delivery to service_role;

-- sql/delivery/media_to_fetch.sql
create or replace function private.media_to_fetch(p_file private.media_files)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'file_id', p_file.id,
    'attempt', p_file.attempts,
    'message_id', messages.id,
    'inbound_id', messages.inbound_id,
    'conversation_id', messages.conversation_id,
    'channel_type', channels.type,
    'account', channels.account,
    'place', p_file.place,
    'media', p_file.media
  )
  from public.messages
  join public.channels on channels.id = p_file.channel_id
  where messages.id = p_file.message_id;
$$;

comment on function private.media_to_fetch is
'Everything a worker needs to fetch a file and to put it where it belongs.';
revoke all on function private.media_to_fetch from public;
grant execute on function private.media_to_fetch to service_role;

-- sql/delivery/meta_failure_class.sql
create or replace function private.meta_failure_class(p_code text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  -- A code may come with its subcode: 10/2018278.
  v_code integer := substring(p_code from '^[0-9]{1,9}')::integer;
  v_subcode integer := substring(p_code from '^[0-9]+\D([0-9]{1,9})$')::integer;
begin
  return case
    when coalesce(v_subcode, v_code) in (2018065, 2018278, 2534022) or v_code = 131047 then 'window'
    when v_code in (230, 551)
      or coalesce(v_subcode, v_code) in (1545041, 2018001, 2018108, 2018218, 2534014)
      then 'recipient'
    when v_code in (
      4, 17, 32, 429, 613, 80006, 80007, 130429, 131048, 131056, 133016
    ) then 'throttled'
    when v_code in (1, 2, 500, 502, 503, 504, 1200, 131000, 131016, 131053, 131057) then 'transient'
    when v_code in (
      130472, 130497, 131021, 131026, 131030, 131049, 131050
    ) then 'recipient'
    when v_code in (0, 3, 10, 190, 368, 401, 403, 131005, 131031, 131042, 131045)
      or v_code between 200 and 299 then 'account'
    when v_code in (100, 400, 404, 131008, 131009, 131051, 131062)
      or v_code between 132000 and 132999 then 'content'
    else 'unknown'
  end;
end;
$$;

comment on function private.meta_failure_class is
'The class of an error of the Graph API (WhatsApp, Instagram, Messenger), perhaps with a subcode.';
revoke all on function private.meta_failure_class from public;
grant execute on function private.meta_failure_class to service_role;

-- sql/delivery/move_delivery.sql
create or replace function private.move_delivery(
  p_delivery_id uuid,
  p_state text,
  p_code text default null,
  p_error text default null
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
  v_now timestamptz := clock_timestamp();
  v_known boolean;
  v_failed boolean;
begin
  select deliveries.sent_at is not null, deliveries.state = 'failed' into v_known, v_failed
  from private.deliveries
  where deliveries.id = p_delivery_id
    and private.delivery_rank(p_state) > private.delivery_rank(deliveries.state)
  for no key update;

  if not found then
    return false;
  end if;

  update private.deliveries
  set
    state = p_state,
    lease_until = null,
    error_code = coalesce(p_code, deliveries.error_code),
    error = coalesce(p_error, deliveries.error),
    sent_at = case when p_state = 'failed' then deliveries.sent_at
      else coalesce(deliveries.sent_at, v_now) end,
    delivered_at = case when p_state in ('delivered', 'read')
      then coalesce(deliveries.delivered_at, v_now) else deliveries.delivered_at end,
    read_at = case when p_state = 'read' then v_now else deliveries.read_at end
  where deliveries.id = p_delivery_id
  returning * into v_delivery;

  perform private.reroute(v_delivery, v_failed);
  perform private.show_delivery(v_delivery);
  if not v_known and v_delivery.sent_at is not null then
    perform private.measure_delivery(v_delivery);
  end if;
  return true;
end;
$$;

comment on function private.move_delivery is
'Raises a delivery''s state, never lowers it (U3), and shows it on the message; one that fails late
goes by another channel where there is one (R73). True when it rose.';
revoke all on function private.move_delivery from public;
grant execute on function private.move_delivery to service_role;

-- sql/delivery/name_message.sql
create or replace function private.name_message(
  p_delivery private.deliveries,
  p_external_id text
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.messages
  set external_message_id = p_external_id
  where messages.id = p_delivery.message_id
    and messages.channel_id = p_delivery.channel_id
    and messages.external_message_id is null
    and not exists (
      select 1
      from public.messages as namesake
      where namesake.channel_id = p_delivery.channel_id
        and namesake.external_message_id = p_external_id
    );
end;
$$;

comment on function private.name_message is
'Gives a message the platform''s id for it, unless it went out on another channel than its own, or
the id is taken.';
revoke all on function private.name_message from public;
grant execute on function private.name_message to service_role;

-- sql/delivery/next_identity.sql
create or replace function private.next_identity(p_delivery private.deliveries)
returns public.customer_identities
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_identity public.customer_identities;
begin
  select customer_identities.* into v_identity
  from public.conversations
  join public.channels as failed on failed.id = p_delivery.channel_id
  join public.customer_identities
    on customer_identities.customer_id = conversations.customer_id
  join public.channels on channels.id = customer_identities.channel_id
  where conversations.id = p_delivery.conversation_id
    and (
      customer_identities.fallback_rank is not null or channels.id = failed.fallback_channel_id
    )
    and private.may_write_to(customer_identities)
    and channels.type <> 'website'
    and channels.is_enabled
    and channels.status <> 'disconnected'
    and not exists (
      select 1
      from private.deliveries as tried
      where tried.message_id = p_delivery.message_id and tried.channel_id = channels.id
    )
  order by
    (channels.id = failed.fallback_channel_id) is true desc,
    customer_identities.fallback_rank, customer_identities.created_at
  limit 1;
  return v_identity;
end;
$$;

comment on function private.next_identity is
'Where the customer of a failed delivery may be written to instead: on the channel''s own fallback
first, then by rank; with consent, on a channel that works and was not tried yet (R73, I3).';
revoke all on function private.next_identity from public;
grant execute on function private.next_identity to service_role;

-- sql/delivery/note_channel_error.sql
create or replace function private.note_channel_error(
  p_channel_id uuid,
  p_kind text,
  p_code text,
  p_reason text
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set
    last_error_at = clock_timestamp(),
    last_error = left(concat_ws(' ', p_code, p_reason), 500)
  where channels.id = p_channel_id
    and (
      channels.last_error_at is null
      or channels.last_error_at < clock_timestamp() - interval '1 second'
    );

  if found then
    insert into private.channel_events (channel_id, kind, data)
    values (
      p_channel_id, p_kind,
      jsonb_strip_nulls(jsonb_build_object('code', p_code, 'error', left(p_reason, 500)))
    );
  end if;
end;
$$;

comment on function private.note_channel_error is
'Keeps an error of a platform (in_error, out_error), at most one a second for a channel (R70).';
revoke all on function private.note_channel_error from public;
grant execute on function private.note_channel_error to service_role;

-- sql/delivery/note_failure.sql
-- An error of no known class may name the customer: of it the code alone is kept here, its words
-- stay with the delivery, where erasing finds them (R82).
create or replace function private.note_failure(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_class text := private.failure_class(p_delivery.channel_type, p_delivery.error_code);
begin
  if v_class in ('throttled', 'transient', 'account', 'unknown') then
    perform private.note_channel_error(
      p_delivery.channel_id, 'out_error', coalesce(p_delivery.error_code, 'unknown'),
      case when v_class <> 'unknown' then p_delivery.error end
    );
  end if;

  update public.channels
  set retry_at = clock_timestamp()
  where channels.id = p_delivery.channel_id and channels.retry_at > clock_timestamp();
end;
$$;

comment on function private.note_failure is
'Keeps what a failed send says of its channel; a message that went to see whether our account
is still refused, and failed by itself, leaves that to the next.';
revoke all on function private.note_failure from public;
grant execute on function private.note_failure to service_role;

-- sql/delivery/note_token.sql
create or replace function private.note_token(p_channel_id uuid, p_data jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_state text := p_data ->> 'state';
begin
  if coalesce(v_state, '') not in ('valid', 'expiring', 'invalid') then
    raise exception using
      errcode = 'PT400',
      message = format('unknown state %s of a token', coalesce(v_state, 'null')),
      hint = 'valid, expiring or invalid';
  end if;

  update public.channels
  set
    token_state = v_state,
    token_expires_at = case
      when pg_input_is_valid(p_data ->> 'expires_at', 'timestamptz')
        then (p_data ->> 'expires_at')::timestamptz
    end
  where channels.id = p_channel_id;

  insert into private.channel_events (channel_id, kind, data)
  values (p_channel_id, 'token', p_data);
  perform private.judge_tokens();
end;
$$;

comment on function private.note_token is
'Keeps how our access to a platform stands: valid, expiring or invalid, and until when. PT400.';
revoke all on function private.note_token from public;
grant execute on function private.note_token to service_role;

-- sql/delivery/outgoing.sql
create or replace function private.outgoing(p_delivery private.deliveries)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'delivery_id', p_delivery.id,
    'attempt', p_delivery.attempts,
    'message_id', messages.id,
    'conversation_id', messages.conversation_id,
    'channel_type', p_delivery.channel_type,
    'account', channels.account,
    'content', coalesce(p_delivery.content, messages.content),
    'message_type', case when carried.whole then messages.message_type else 'text' end,
    'media', case when carried.whole then messages.metadata -> 'media' end,
    'choices', case when carried.whole then messages.metadata -> 'choices' end,
    'external_ids', p_delivery.part_ids,
    'reply_to', quoted.external_message_id,
    'via', private.connection_of(messages),
    'window_open', carried.window_open,
    'template', private.template_of(
      p_delivery, messages, conversations.language, carried.window_open
    ),
    'sender_type', messages.sender_type,
    'language', conversations.language,
    'mail', case
      when p_delivery.channel_type = 'email' then private.mail_of(p_delivery)
    end
  ) || private.addresses_of(p_delivery, conversations.customer_id)
  from public.messages
  join public.conversations on conversations.id = messages.conversation_id
  join public.channels on channels.id = p_delivery.channel_id
  cross join lateral (
    select
      p_delivery.content is null or p_delivery.identity_id is not null as whole,
      private.window_is_open(conversations, channels) as window_open
  ) as carried
  left join public.messages as quoted
    on quoted.id = messages.reply_to_id
    and quoted.conversation_id = messages.conversation_id
    and quoted.channel_id = p_delivery.channel_id
  where messages.id = p_delivery.message_id;
$$;

comment on function private.outgoing is
'Everything a channel needs to send a delivery (romashka/channels/base.py, OutboundMessage).';
revoke all on function private.outgoing from public;
grant execute on function private.outgoing to service_role;

-- sql/delivery/pause_after.sql
create or replace function private.pause_after(p_failures integer, p_retry_after_s jsonb)
returns interval
language sql
volatile
security invoker
set search_path = ''
as $$
  select case
    when private.number_of(p_retry_after_s) >= 0
      then least(private.number_of(p_retry_after_s) * interval '1 second', interval '1 hour')
    else private.retry_delay(p_failures)
  end;
$$;

comment on function private.pause_after is
'How long to wait after the n-th failure: as the platform asks, an hour at most, or ever longer.';
revoke all on function private.pause_after from public;
grant execute on function private.pause_after to service_role;

-- sql/delivery/pause_channel.sql
-- Minutes are the platform's way of saying "slower", nobody needs to hear of them.
create or replace function private.pause_channel(
  p_channel_id uuid,
  p_pause interval,
  p_reason text
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set paused_until = greatest(channels.paused_until, clock_timestamp() + p_pause)
  where channels.id = p_channel_id;

  if p_pause >= interval '5 minutes'
    and private.set_channel_status(p_channel_id, 'degraded', left(p_reason, 500)) then
    perform private.raise_alert(
      'channel', 'critical',
      format(
        'channel %s may send nothing for %s minutes: %s', p_channel_id,
        round(extract(epoch from p_pause) / 60), left(p_reason, 200)
      ),
      null, p_channel_id
    );
  end if;
end;
$$;

comment on function private.pause_channel is
'Nothing goes out on a channel for a while, as its platform refuses the account as a whole; a long
pause is told to admins, once (R70).';
revoke all on function private.pause_channel from public;
grant execute on function private.pause_channel to service_role;

-- sql/delivery/queue_media.sql
-- What a website visitor or an agent sends lies in Storage already; only platforms hold files back.
create or replace function private.queue_media(p_messages public.messages[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into private.media_files (message_id, place, channel_id, media)
  select messages.id, files.place - 1, messages.channel_id, files.item
  from unnest(p_messages) as messages
  cross join lateral jsonb_array_elements(
    case
      when jsonb_typeof(messages.metadata -> 'media') = 'array' then messages.metadata -> 'media'
      else '[]'
    end
  ) with ordinality as files (item, place)
  where (messages.sender_type = 'customer' or messages.metadata ? 'echo')
    and messages.channel_type <> 'website'
    and coalesce(files.item ->> 'id', files.item ->> 'url') is not null
    and files.item ->> 'path' is null
  order by messages.conversation_id, messages.seq, files.place;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.queue_media is
'Puts the files of new messages that their platform holds on the worker''s list (R29); returns how
many.';
revoke all on function private.queue_media from public;
grant execute on function private.queue_media to service_role;

-- sql/delivery/raise_deliveries.sql
-- Only what the platform is known to have taken: a mark proves nothing of an unanswered send.
create or replace function private.raise_deliveries(
  p_channel_id uuid,
  p_customer_id uuid,
  p_status text,
  p_until timestamptz
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery_id uuid;
  v_count integer := 0;
begin
  for v_delivery_id in
    select deliveries.id
    from public.conversations
    join private.deliveries
      on deliveries.conversation_id = conversations.id
      and deliveries.channel_id = p_channel_id
    where conversations.customer_id = p_customer_id
      and deliveries.state in ('sent', 'delivered')
      and deliveries.state <> p_status
      and deliveries.attempted_at <= p_until
    order by deliveries.id
  loop
    v_count := v_count + private.move_delivery(v_delivery_id, p_status)::integer;
  end loop;
  return v_count;
end;
$$;

comment on function private.raise_deliveries is
'Raises what a customer was sent before a moment to delivered or read; returns how many rose.';
revoke all on function private.raise_deliveries from public;
grant execute on function private.raise_deliveries to service_role;

-- sql/delivery/receipt_of_parts.sql
create or replace function private.receipt_of_parts(p_delivery private.deliveries)
returns private.receipts
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_worst private.receipts;
begin
  select best.* into v_worst
  from (
    select distinct on (parts.id) receipts.*
    from unnest(p_delivery.part_ids) as parts (id)
    left join private.receipts
      on receipts.delivery_id = p_delivery.id and receipts.external_id = parts.id
    order by parts.id, private.delivery_rank(receipts.status) desc nulls last
  ) as best
  order by
    (best.status = 'failed') is true desc,
    private.delivery_rank(best.status) nulls first
  limit 1;
  return v_worst;
end;
$$;

comment on function private.receipt_of_parts is
'What the receipts of a delivery in several parts say of the whole: of each part its best counts, of
the parts the worst, a failed one before all. Null while of one nothing is known.';
revoke all on function private.receipt_of_parts from public;
grant execute on function private.receipt_of_parts to service_role;

-- sql/delivery/receipts_of.sql
create or replace function private.receipts_of(p_channel_type text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case p_channel_type
    when 'whatsapp' then 'sent, delivered, read'
    when 'messenger' then 'delivered, read'
    when 'instagram' then 'read only'
    when 'website' then 'none: storing a message is its delivery'
    when 'telegram' then 'none: acceptance by the platform is all there is'
    when 'email' then 'none: acceptance by the mail server, and what bounces is failed'
    else 'unknown'
  end;
end;
$$;

comment on function private.receipts_of is
'What a platform reports of our messages after it took them (R65).';
revoke all on function private.receipts_of from public;
grant execute on function private.receipts_of to authenticated, service_role;

-- sql/delivery/record_channel_event.sql
create or replace function private.record_channel_event(
  p_channel_id uuid,
  p_kind text,
  p_data jsonb default '{}'
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1
    from public.channels
    where channels.id = p_channel_id
  ) then
    raise exception using
      errcode = 'PT404', message = format('channel %s not found', p_channel_id);
  elsif p_kind in ('in_error', 'out_error') then
    perform private.note_channel_error(
      p_channel_id, p_kind, p_data ->> 'code', p_data ->> 'error'
    );
  elsif p_kind = 'token' then
    perform private.note_token(p_channel_id, p_data);
  elsif p_kind in ('connected', 'disconnected') then
    perform private.turn_channel(p_channel_id, p_kind = 'connected', p_data ->> 'reason');
  else
    raise exception using
      errcode = 'PT400',
      message = format('unknown kind %s', coalesce(p_kind, 'null')),
      hint = 'in_error, out_error, connected, disconnected or token';
  end if;
end;
$$;

comment on function private.record_channel_event is
'What a process of ours learned of a channel: in_error or out_error ({code, error}), connected or
disconnected ({reason}: a mailbox, a webhook), token ({state, expires_at}) (R70). PT400, PT404.';
revoke all on function private.record_channel_event from public;
grant execute on function private.record_channel_event to service_role;

-- sql/delivery/record_delivery.sql
-- A receipt may have been faster than the worker: the state then stands and only the id is added,
-- unless the worker knows of parts that are missing.
create or replace function private.record_delivery(
  p_delivery_id uuid,
  p_worker text,
  p_attempt integer,
  p_result jsonb
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
begin
  select deliveries.* into v_delivery
  from private.deliveries
  where deliveries.id = p_delivery_id
  for no key update;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('delivery %s not found', p_delivery_id);
  elsif v_delivery.worker is distinct from p_worker or v_delivery.attempts <> p_attempt then
    return 'fenced';
  elsif p_result ->> 'result' = 'sent' then
    return private.record_sent(v_delivery, private.texts_of(p_result -> 'external_ids'));
  elsif v_delivery.state not in ('sending', 'unknown') and not (
    v_delivery.state in ('sent', 'delivered', 'read')
    and p_result ->> 'result' in ('retry', 'failed')
    and cardinality(private.texts_of(p_result -> 'external_ids')) > 0
  ) then
    return v_delivery.state;
  end if;
  return private.record_failure(v_delivery, p_result);
end;
$$;

comment on function private.record_delivery is
'What became of a send: {result: sent|retry|failed|unknown, external_ids, code, error,
retry_after_s, account_blocked, unreachable, channel_paused}; returns the new state, or fenced for a
lost claim. PT404.';
revoke all on function private.record_delivery from public;
grant execute on function private.record_delivery to service_role;

-- sql/delivery/record_failure.sql
create or replace function private.record_failure(p_delivery private.deliveries, p_result jsonb)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_throttled boolean := p_delivery.channel_type <> 'email'
    and p_result ->> 'result' = 'retry'
    and private.failure_class(p_delivery.channel_type, p_result ->> 'code') = 'throttled';
  v_blocked boolean := coalesce(p_result -> 'account_blocked' = 'true', false);
  v_state text := private.state_after(p_delivery, p_result, v_throttled);
begin
  update private.deliveries
  set
    state = v_state,
    failures = deliveries.failures
      + (v_state in ('queued', 'dead') and not v_blocked and not v_throttled)::integer,
    throttled_at = case
      when v_throttled then coalesce(deliveries.throttled_at, clock_timestamp())
    end,
    part_ids = case
      when p_result -> 'external_ids' <> '[]' then private.texts_of(p_result -> 'external_ids')
      else deliveries.part_ids
    end,
    external_id = null, sent_at = null, delivered_at = null, read_at = null,
    lease_until = null,
    next_attempt_at = clock_timestamp() + case
      when v_blocked then interval '0'
      else private.pause_after(
        case when v_throttled then least(p_delivery.attempts, 5) else p_delivery.failures + 1 end,
        p_result -> 'retry_after_s'
      )
    end,
    error_code = left(p_result ->> 'code', 100),
    error = left(p_result ->> 'error', 1000)
  where deliveries.id = p_delivery.id
  returning * into p_delivery;

  perform private.follow_failure(p_delivery, p_result);
  return v_state;
end;
$$;

comment on function private.record_failure is
'After a send that failed: again later, up to 8 times, or for a day where the platform only finds us
too fast; unknown where it may have gone out; a refused
account keeps its queue, of which one message tries again now and then (R72, R73, R76). Mail is
tried for two days, as greylisting asks, and where it may have gone out three times more, as its
Message-ID stays.';
revoke all on function private.record_failure from public;
grant execute on function private.record_failure to service_role;

-- sql/delivery/record_media.sql
-- The conversation is locked before the message, as everywhere.
create or replace function private.record_media(
  p_file_id bigint,
  p_worker text,
  p_attempt integer,
  p_result jsonb
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_file private.media_files;
begin
  perform 1
  from private.media_files
  join public.messages on messages.id = media_files.message_id
  join public.conversations on conversations.id = messages.conversation_id
  where media_files.id = p_file_id
  for no key update of conversations;

  select media_files.* into v_file
  from private.media_files
  where media_files.id = p_file_id
  for no key update;

  if not found
    or v_file.state <> 'pending'
    or v_file.worker is distinct from p_worker
    or v_file.attempts <> p_attempt then
    return 'fenced';
  elsif p_result ->> 'result' = 'stored' then
    return private.store_media(v_file, p_result);
  end if;
  return private.record_media_failure(v_file, p_result);
end;
$$;

comment on function private.record_media is
'What became of a file: {result: stored|retry|failed, path, mime_type, size, filename, code, error,
retry_after_s, account_blocked}; returns its new state, or fenced for a lost claim or a message that
was taken back: what was uploaded then has to go.';
revoke all on function private.record_media from public;
grant execute on function private.record_media to service_role;

-- sql/delivery/record_media_failure.sql
create or replace function private.record_media_failure(
  p_file private.media_files,
  p_result jsonb
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_blocked boolean := coalesce(p_result -> 'account_blocked' = 'true', false);
  v_state text := case
    when v_blocked then 'pending'
    when p_result ->> 'result' = 'failed' or p_file.failures >= 4 then 'failed'
    else 'pending'
  end;
  v_reason text := left(concat_ws(' ', p_result ->> 'code', p_result ->> 'error'), 500);
begin
  update private.media_files
  set
    state = v_state, error = v_reason,
    failures = media_files.failures + (not v_blocked)::integer,
    next_attempt_at = clock_timestamp() + case
      when v_blocked then interval '5 minutes'
      when private.number_of(p_result -> 'retry_after_s') >= 0 then least(
        private.number_of(p_result -> 'retry_after_s') * interval '1 second', interval '1 hour'
      )
      else private.retry_delay(p_file.failures + 1)
    end
  where media_files.id = p_file.id;

  if v_state = 'failed' then
    update public.messages
    set
      metadata = jsonb_set(
        messages.metadata, array['media', p_file.place::text, 'error'], to_jsonb(v_reason)
      ),
      updated_at = clock_timestamp()
    where messages.id = p_file.message_id;
  end if;
  if v_blocked then
    perform private.block_channel(p_file.channel_id, p_result ->> 'error');
  end if;
  return v_state;
end;
$$;

comment on function private.record_media_failure is
'After a file that could not be had: again later, up to five times; then its message says why and it
is a dead letter (I9). A blocked account tries every five minutes.';
revoke all on function private.record_media_failure from public;
grant execute on function private.record_media_failure to service_role;

-- sql/delivery/record_sent.sql
create or replace function private.record_sent(
  p_delivery private.deliveries,
  p_external_ids text[]
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_external_id text := p_external_ids[1];
begin
  update private.deliveries
  set
    external_id = v_external_id,
    part_ids = case when cardinality(p_external_ids) > 1 then p_external_ids else '{}' end,
    lease_until = null
  where deliveries.id = p_delivery.id;

  perform private.name_message(p_delivery, v_external_id);
  perform private.unblock_channel(p_delivery.channel_id);
  perform private.move_delivery(p_delivery.id, 'sent');

  update private.receipts
  set delivery_id = p_delivery.id
  where receipts.channel_id = p_delivery.channel_id
    and receipts.external_id = any (p_external_ids)
    and receipts.delivery_id is null;

  perform private.apply_receipts_of(p_delivery.id);
  perform private.apply_watermarks_of(p_delivery);
  return (
    select deliveries.state
    from private.deliveries
    where deliveries.id = p_delivery.id
  );
end;
$$;

comment on function private.record_sent is
'The platform took a delivery under these ids, one a part; receipts and watermarks that came before
are applied now.';
revoke all on function private.record_sent from public;
grant execute on function private.record_sent to service_role;

-- sql/delivery/remove_files.sql
create or replace function private.remove_files(p_prefixes text[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into private.removed_files (prefix)
  select distinct prefixes.prefix
  from unnest(p_prefixes) as prefixes (prefix)
  order by 1
  on conflict (prefix) do update set until = excluded.until;

  perform private.broadcast(array['worker'], array['media'], array['{}'::jsonb]);
  return (
    select count(*)
    from storage.objects
    join unnest(p_prefixes) as prefixes (prefix) on starts_with(objects.name, prefixes.prefix)
    where objects.bucket_id = 'media'
  );
end;
$$;

comment on function private.remove_files is
'Has the worker delete every file of the bucket media under these beginnings, those that are still
being uploaded as well; returns how many are there now.';
revoke all on function private.remove_files from public;
grant execute on function private.remove_files to service_role;

-- sql/delivery/requeue_delivery.sql
-- The platform itself says that the message did not arrive, so sending it anew makes no second one;
-- of several parts others may have arrived, there a person decides.
create or replace function private.requeue_delivery(
  p_delivery_id uuid,
  p_code text,
  p_error text
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
  v_class text := private.failure_class('whatsapp', p_code);
  v_pause interval := case
    when p_code = '131048' then interval '1 hour'
    when v_class = 'account' then private.probe_delay(4)
    else interval '6 seconds'
  end;
begin
  update private.deliveries
  set
    state = 'queued', failures = deliveries.failures + (v_class = 'transient')::integer,
    throttled_at = case
      when v_class = 'throttled' then coalesce(deliveries.throttled_at, clock_timestamp())
    end,
    worker = null, lease_until = null, external_id = null,
    error_code = left(p_code, 100), error = left(p_error, 1000),
    next_attempt_at = clock_timestamp() + greatest(v_pause, private.retry_delay(
      case when v_class = 'throttled' then least(deliveries.attempts, 5)
        else deliveries.failures + 1 end
    ))
  where deliveries.id = p_delivery_id
    and private.fails_for_now(deliveries, p_code)
  returning * into v_delivery;

  if not found then
    return false;
  end if;
  perform private.forget_sending(v_delivery);
  perform private.show_delivery(v_delivery);
  perform private.blame_channel(v_delivery);
  -- 131056 is about this one customer alone.
  if v_class = 'throttled' and p_code <> '131056' then
    perform private.pause_channel(v_delivery.channel_id, v_pause, p_error);
  end if;
  return true;
end;
$$;

comment on function private.requeue_delivery is
'Sends a message again that the platform took and then failed for a reason that will pass; true when
it will be (R72).';
revoke all on function private.requeue_delivery from public;
grant execute on function private.requeue_delivery to service_role;

-- sql/delivery/reroute.sql
create or replace function private.reroute(p_delivery private.deliveries, p_had_failed boolean)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_delivery.state = 'failed' then
    perform private.blame_channel(p_delivery);
    perform private.fall_back(p_delivery);
  elsif p_had_failed then
    delete from private.deliveries
    where deliveries.message_id = p_delivery.message_id
      and deliveries.id <> p_delivery.id
      and deliveries.state = 'queued'
      and deliveries.attempts = 0;
  end if;
end;
$$;

comment on function private.reroute is
'A delivery that a receipt moved: what failed counts for its channel and goes
by another; what had failed and arrived
after all is not sent there, unless somebody has begun to.';
revoke all on function private.reroute from public;
grant execute on function private.reroute to service_role;

-- sql/delivery/retry_delay.sql
create or replace function private.retry_delay(p_attempts integer)
returns interval
language sql
volatile
security invoker
set search_path = ''
as $$
  select interval '1 second' * least(power(4, least(greatest(p_attempts - 1, 0), 9)), 3600)
    * (0.8 + 0.4 * random());
$$;

comment on function private.retry_delay is
'How long to wait after the n-th failure: 1, 4, 16, 64 s … an hour, give or take a fifth (R72).';
revoke all on function private.retry_delay from public;
grant execute on function private.retry_delay to service_role;

-- sql/delivery/retry_delivery.sql
create or replace function private.retry_delivery(p_delivery_id uuid)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
begin
  update private.deliveries
  set
    state = 'queued', failures = 0, throttled_at = null, worker = null,
    next_attempt_at = clock_timestamp(),
    external_id = null, error_code = null, error = null, settled_at = null,
    part_ids = case when deliveries.sent_at is null then deliveries.part_ids else '{}' end
  where deliveries.id = p_delivery_id and deliveries.state in ('failed', 'unknown', 'dead')
  returning * into v_delivery;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no dead delivery %s', p_delivery_id);
  end if;
  perform private.forget_sending(v_delivery);
  perform private.show_delivery(v_delivery);
  perform private.broadcast(array['worker'], array['deliveries'], array['{}'::jsonb]);
  return v_delivery.state;
end;
$$;

comment on function private.retry_delivery is
'Sends a failed, unknown or dead delivery again because a person said so: what was reported of the
former try is over; parts that went out in a broken try stay out. PT404.';
revoke all on function private.retry_delivery from public;
grant execute on function private.retry_delivery to service_role;

-- sql/delivery/retry_media.sql
create or replace function private.retry_media(p_file_id bigint)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.media_files
  set state = 'pending', failures = 0, next_attempt_at = clock_timestamp(), error = null
  where media_files.id = p_file_id and media_files.state = 'failed';

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no failed file %s', p_file_id);
  end if;
  perform private.broadcast(array['worker'], array['media'], array['{}'::jsonb]);
  return 'pending';
end;
$$;

comment on function private.retry_media is
'Fetches a file again because a person said so. PT404.';
revoke all on function private.retry_media from public;
grant execute on function private.retry_media to service_role;

-- sql/delivery/same_words.sql
-- No platform takes more than this in one message, and none cuts shorter texts.
create or replace function private.same_words(p_sent text, p_echoed text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return btrim(p_sent, E' \t\r\n') = btrim(p_echoed, E' \t\r\n')
    or (
      octet_length(p_sent) > 1000
      and btrim(p_echoed, E' \t\r\n') <> ''
      and position(btrim(p_echoed, E' \t\r\n') in p_sent) > 0
    );
end;
$$;

comment on function private.same_words is
'Whether an echo says what was sent, or a part of it where it was too long for one message.';
revoke all on function private.same_words from public;
grant execute on function private.same_words to service_role;

-- sql/delivery/sent_before.sql
create or replace function private.sent_before(p_delivery private.deliveries)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(earlier.external_message_id order by earlier.seq), '[]')
  from (
    select messages.external_message_id, messages.seq
    from public.messages
    where messages.conversation_id = p_delivery.conversation_id
      and messages.channel_id = p_delivery.channel_id
      and messages.external_message_id like '%@%'
      and messages.id <> p_delivery.message_id
    order by messages.seq desc
    limit 10
  ) as earlier;
$$;

comment on function private.sent_before is
'The Message-IDs of the last ten mails of a delivery''s conversation, oldest first.';
revoke all on function private.sent_before from public;
grant execute on function private.sent_before to service_role;

-- sql/delivery/settle_echoes.sql
-- Platforms echo what we send ourselves, often before they answer the send. Such an echo is proof
-- that the message went out, and no person speaking: it must not silence the AI. A part of several
-- is proof of itself alone: it waits for the answer to the whole.
create or replace function private.settle_echoes(p_channel_id uuid, p_echoes jsonb)
returns text[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_echo jsonb;
  v_delivery_id uuid;
  v_own text[] := '{}';
begin
  perform 1
  from public.conversations
  where conversations.channel_id = p_channel_id
    and conversations.customer_id in (
      select private.find_customer(p_channel_id, echoes.item -> 'identities')
      from jsonb_array_elements(p_echoes) as echoes (item)
    )
  order by conversations.id
  for no key update;

  for v_echo in
    select echoes.item
    from jsonb_array_elements(p_echoes) with ordinality as echoes (item, place)
    order by echoes.place
  loop
    v_delivery_id := coalesce(
      private.delivery_of(p_channel_id, v_echo ->> 'external_id', v_echo ->> 'tracker'),
      private.delivery_like(p_channel_id, v_echo)
    );
    if v_delivery_id is not null or v_echo #> '{metadata,own_app}' = 'true' then
      v_own := v_own || (v_echo ->> 'external_id');
      perform private.apply_receipts(p_channel_id, jsonb_build_array(jsonb_build_object(
        'external_id', v_echo ->> 'external_id', 'status', 'sent',
        'tracker', case when private.is_whole(v_delivery_id, v_echo) then v_delivery_id end,
        'occurred_at', v_echo ->> 'occurred_at'
      )));
    end if;
  end loop;
  return v_own;
end;
$$;

comment on function private.settle_echoes is
'The external ids of those echoes that are of our own sends; each counts as the receipt sent (U4).';
revoke all on function private.settle_echoes from public;
grant execute on function private.settle_echoes to service_role;

-- sql/delivery/settle_receipts.sql
-- A receipt and the report of the send it is about may pass each other in two transactions, neither
-- of which sees the other.
create or replace function private.settle_receipts()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery_id uuid;
  v_count integer := 0;
begin
  for v_delivery_id in
    with settled as (
      update private.receipts
      set delivery_id = found.delivery_id
      from (
        select
          parked.id,
          private.delivery_of(parked.channel_id, parked.external_id, null) as delivery_id
        from private.receipts as parked
        where parked.delivery_id is null
          and parked.received_at > statement_timestamp() - interval '10 minutes'
      ) as found
      where receipts.id = found.id and found.delivery_id is not null
      returning receipts.delivery_id
    )

    select distinct settled.delivery_id
    from settled
    order by 1
  loop
    perform private.apply_receipts_of(v_delivery_id);
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;

comment on function private.settle_receipts is
'Applies receipts of the last ten minutes whose delivery has become known; returns how many moved.';
revoke all on function private.settle_receipts from public;
grant execute on function private.settle_receipts to service_role;

-- sql/delivery/show_delivery.sql
create or replace function private.show_delivery(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_state text := private.shown_state(p_delivery);
begin
  update public.messages
  set delivery_status = v_state, updated_at = clock_timestamp()
  where messages.id = p_delivery.message_id
    and messages.delivery_status is distinct from v_state;

  if p_delivery.state in ('failed', 'dead') then
    perform private.record_metric(
      'delivery_failed', 1, p_delivery.conversation_id, p_delivery.channel_type,
      jsonb_build_object('code', p_delivery.error_code)
    );
    if p_delivery.channel_type = 'email' and private.is_hard_bounce(p_delivery.error_code) then
      perform private.suppress_address(p_delivery.id);
    end if;
  end if;
end;
$$;

comment on function private.show_delivery is
'Shows the best state of a message''s deliveries on it, counts failures, and notes the address of a
mail that there is none.';
revoke all on function private.show_delivery from public;
grant execute on function private.show_delivery to service_role;

-- sql/delivery/shown_state.sql
create or replace function private.shown_state(p_delivery private.deliveries)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select case deliveries.state when 'sending' then 'queued' else deliveries.state end
    from private.deliveries
    where deliveries.message_id = p_delivery.message_id
    order by array_position(
      '{read,delivered,sent,queued,sending,unknown,failed,dead}', deliveries.state::text
    )
    limit 1
  );
end;
$$;

comment on function private.shown_state is
'What a message shows of its deliveries: the best of them.';
revoke all on function private.shown_state from public;
grant execute on function private.shown_state to service_role;

-- sql/delivery/state_after.sql
create or replace function private.state_after(
  p_delivery private.deliveries,
  p_result jsonb,
  p_throttled boolean
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_result text := p_result ->> 'result';
  v_mail boolean := p_delivery.channel_type = 'email';
begin
  return case
    when p_result -> 'account_blocked' = 'true' then 'queued'
    when v_result = 'failed' then 'failed'
    when v_result = 'unknown' and not (v_mail and p_delivery.failures < 3) then 'unknown'
    when p_throttled then case
      when p_delivery.throttled_at < clock_timestamp() - interval '1 day' then 'dead'
      else 'queued'
    end
    when p_delivery.failures >= case when v_mail then 53 else 7 end then 'dead'
    else 'queued'
  end;
end;
$$;

comment on function private.state_after is
'What becomes of a delivery whose send failed with this result: dead after eight errors, or a day
in which the platform found us too fast.';
revoke all on function private.state_after from public;
grant execute on function private.state_after to service_role;

-- sql/delivery/store_media.sql
create or replace function private.store_media(p_file private.media_files, p_result jsonb)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.media_files
  set state = 'stored', path = p_result ->> 'path', error = null
  where media_files.id = p_file.id;

  update public.messages
  set
    metadata = jsonb_set(
      messages.metadata,
      array['media', p_file.place::text],
      coalesce(messages.metadata #> array['media', p_file.place::text], '{}') - 'error'
      || jsonb_strip_nulls(jsonb_build_object(
        'path', p_result -> 'path', 'mime_type', p_result -> 'mime_type',
        'size', p_result -> 'size', 'filename', p_result -> 'filename'
      ))
    ),
    media_url = case when p_file.place = 0 then p_result ->> 'path' else messages.media_url end,
    updated_at = clock_timestamp()
  where messages.id = p_file.message_id;

  perform private.unblock_channel(p_file.channel_id);
  return 'stored';
end;
$$;

comment on function private.store_media is
'A file is in Storage: its message says where; media_url is the path of the first.';
revoke all on function private.store_media from public;
grant execute on function private.store_media to service_role;

-- sql/delivery/suppress_address.sql
create or replace function private.suppress_address(p_delivery_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.customer_identities
  set unreachable_since = clock_timestamp()
  from private.deliveries
  join public.conversations on conversations.id = deliveries.conversation_id
  where deliveries.id = p_delivery_id
    and customer_identities.customer_id = conversations.customer_id
    and customer_identities.channel_id = deliveries.channel_id
    and customer_identities.kind = 'email'
    and customer_identities.value = case
      when deliveries.address is not null then deliveries.address
      else coalesce(private.mail_of(deliveries) ->> 'to', customer_identities.value)
    end
    and customer_identities.unreachable_since is null;

  update private.email_consents
  set revoked_at = clock_timestamp()
  from private.deliveries
  where deliveries.id = p_delivery_id
    and deliveries.identity_id is null
    and deliveries.content is not null
    and email_consents.email = deliveries.address
    and email_consents.revoked_at is null;
end;
$$;

comment on function private.suppress_address is
'Nothing is sent any more to the address that a delivery went to, until somebody clears it; where it
continued a chat, until a visitor leaves that address anew.';
revoke all on function private.suppress_address from public;
grant execute on function private.suppress_address to service_role;

-- sql/delivery/telegram_failure_class.sql
create or replace function private.telegram_failure_class(p_code text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_code = '403' then 'recipient'
    when p_code = '429' then 'throttled'
    when p_code in ('401', '404', '409') then 'account'
    when p_code in ('400', '413') then 'content'
    when p_code ~ '^5[0-9]{2}$' then 'transient'
    else 'unknown'
  end;
end;
$$;

comment on function private.telegram_failure_class is
'The class of an error of the Bot API, by its HTTP status.';
revoke all on function private.telegram_failure_class from public;
grant execute on function private.telegram_failure_class to service_role;

-- sql/delivery/template_of.sql
create or replace function private.template_of(
  p_delivery private.deliveries,
  p_message public.messages,
  p_language text,
  p_window_open boolean
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return case
    when jsonb_typeof(p_message.metadata -> 'template') = 'object'
      and p_delivery.channel_id = p_message.channel_id
      then private.template_given(p_message.metadata -> 'template')
    when not p_window_open
      then private.template_for(
        p_delivery.channel_id, p_message.content, p_language
      )
  end;
end;
$$;

comment on function private.template_of is
'The template as which a message goes out: on its own channel the one that was chosen, or where the
service window of the channel it takes is closed one that reads like it (R28); else null.';
revoke all on function private.template_of from public;
grant execute on function private.template_of to service_role;

-- sql/delivery/turn_channel.sql
create or replace function private.turn_channel(p_channel_id uuid, p_found boolean, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set lost_at = case when not p_found then clock_timestamp() end
  where channels.id = p_channel_id and (channels.lost_at is null) <> p_found;

  if p_found then
    perform private.find_channel(p_channel_id);
  else
    perform private.lose_channel(
      p_channel_id, coalesce(p_reason, 'no reason given'),
      format('channel %s is lost', p_channel_id)
    );
  end if;
end;
$$;

comment on function private.turn_channel is
'What comes in on a channel is lost (a mailbox that cannot be reached, a webhook that is gone) or
found again.';
revoke all on function private.turn_channel from public;
grant execute on function private.turn_channel to service_role;

-- sql/delivery/unblock_channel.sql
create or replace function private.unblock_channel(p_channel_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set
    retry_at = null,
    probes = 0,
    paused_until = case
      when channels.paused_until > clock_timestamp() then channels.paused_until
    end
  where channels.id = p_channel_id
    and (
      channels.retry_at is not null
      or channels.paused_until <= clock_timestamp()
      or channels.lost_at is null and channels.status in ('unknown', 'disconnected')
    );

  if found then
    perform private.find_channel(p_channel_id);
  end if;
end;
$$;

comment on function private.unblock_channel is
'The platform has taken a message: our account is good, the queue follows (R76).';
revoke all on function private.unblock_channel from public;
grant execute on function private.unblock_channel to service_role;

-- sql/delivery/wait_percentiles.sql
create or replace function private.wait_percentiles(p_steps smallint[], p_counts bigint[])
returns double precision[]
language sql
immutable
security invoker
set search_path = ''
as $$
  with ranked as (
    select
      steps.step,
      sum(steps.count) over (order by steps.step) as up_to,
      sum(steps.count) over () as total
    from unnest(p_steps, p_counts) as steps (step, count)
    where steps.step is not null
  )

  select array_agg(
    (
      select exp((min(ranked.step) - 0.5) / 50.0)
      from ranked
      where ranked.up_to >= shares.share * ranked.total
    )
    order by shares.share
  )
  from unnest('{0.5,0.95,0.99}'::double precision[]) as shares (share);
$$;

comment on function private.wait_percentiles is
'The milliseconds below which half, 95 and 99 per cent of these waits lie, true to one per cent;
from steps of delivery_groups.';
revoke all on function private.wait_percentiles from public;
grant execute on function private.wait_percentiles to authenticated, service_role;

-- sql/delivery/watch_channels.sql
create or replace function private.watch_channels()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.gather_traffic();
  perform private.judge_tokens();
  perform private.judge_silence();
  return private.judge_channels();
end;
$$;

comment on function private.watch_channels is
'What is learned of the channels every few seconds: traffic, errors, tokens, silence. Returns how
many fare otherwise than before (R70).';
revoke all on function private.watch_channels from public;
grant execute on function private.watch_channels to service_role;

-- sql/delivery/watermark_of.sql
create or replace function private.watermark_of(p_channel_id uuid, p_mark jsonb)
returns timestamptz
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return greatest(
    case
      when pg_input_is_valid(p_mark ->> 'until', 'timestamptz')
        then (p_mark ->> 'until')::timestamptz
    end,
    (
      select deliveries.attempted_at
      from private.deliveries
      where deliveries.id = private.delivery_of(p_channel_id, p_mark ->> 'external_id', null)
    )
  );
end;
$$;

comment on function private.watermark_of is
'Up to when a watermark counts: its own time, or that of the message it names, the later one.';
revoke all on function private.watermark_of from public;
grant execute on function private.watermark_of to service_role;

-- sql/delivery/window_is_open.sql
create or replace function private.window_is_open(
  p_conversation public.conversations,
  p_channel public.channels
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_channel.id = p_conversation.channel_id then
    return coalesce(p_conversation.window_expires_at > clock_timestamp(), true);
  end if;
  return p_channel.service_window is null or exists (
    select 1
    from public.conversations
    where conversations.customer_id = p_conversation.customer_id
      and conversations.channel_id = p_channel.id
      and conversations.window_expires_at > clock_timestamp()
  );
end;
$$;

comment on function private.window_is_open is
'Whether a channel takes free text for a customer now: on another than the conversation''s own,
what they last wrote there counts.';
revoke all on function private.window_is_open from public;
grant execute on function private.window_is_open to service_role;

-- sql/website/accept_proactive.sql
create or replace function public.accept_proactive(
  p_rule_id uuid,
  p_reply text,
  p_client_id uuid default null,
  p_identifier text default null
)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.answer_proactive(p_rule_id, p_reply, p_client_id, p_identifier);
$$;

comment on function public.accept_proactive is
'The visitor answers a proactive message: their conversation gets what was shown to them, by the
system, and then their answer; returns its id. PT400, PT401, PT403, PT404, PT409, PT429.';
revoke all on function public.accept_proactive from public, anon, authenticated, service_role;
grant execute on function public.accept_proactive to authenticated, service_role;

-- sql/website/address_pattern.sql
create or replace function private.address_pattern(p_pattern text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select replace(
    replace(replace(replace(p_pattern, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%'
  );
$$;

comment on function private.address_pattern is
'An address with * for anything, as a pattern of LIKE; anything else stands for itself.';
revoke all on function private.address_pattern from public;
grant execute on function private.address_pattern to service_role;

-- sql/website/answer_proactive.sql
-- Security definer: what the system says nobody else may write.
create or replace function private.answer_proactive(
  p_rule_id uuid,
  p_reply text,
  p_client_id uuid,
  p_identifier text
)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_show public.proactive_shows;
  v_conversation_id uuid;
begin
  perform private.require_content(p_reply);
  select proactive_shows.* into v_show
  from public.proactive_shows
  where proactive_shows.rule_id = p_rule_id
    and proactive_shows.visitor_id = (select auth.uid())
  order by proactive_shows.shown_at desc
  limit 1
  for no key update;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('rule %s has shown this visitor nothing', p_rule_id);
  end if;

  v_conversation_id := private.start_conversation(
    coalesce(nullif(btrim(p_identifier), ''), 'visitor'), 'website', v_show.channel_id
  );
  perform private.lock_conversation(v_conversation_id);
  if v_show.answered_at is null then
    perform private.say_first(v_conversation_id, v_show);
    update public.proactive_shows
    set answered_at = clock_timestamp(), conversation_id = v_conversation_id
    where proactive_shows.id = v_show.id;
  end if;
  perform private.add_customer_message(v_conversation_id, p_reply, p_client_id);
  return v_conversation_id;
end;
$$;

comment on function private.answer_proactive is
'Begins a conversation with what was shown and the visitor''s answer; see accept_proactive().';
revoke all on function private.answer_proactive from public;
grant execute on function private.answer_proactive to authenticated, service_role;

-- sql/website/apply_traits.sql
-- Whatever the page says, its visitor may have written; so it never replaces anything.
create or replace function private.apply_traits(
  p_customer_id uuid,
  p_claims jsonb,
  p_traits jsonb
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_claims jsonb := p_claims - '{iss,sub,aud,exp,nbf,iat,jti}'::text[];
  v_traits jsonb := case when jsonb_typeof(p_traits) = 'object' then p_traits else '{}' end;
  v_more jsonb := (v_traits || v_claims) - '{name,email,phone,language}'::text[];
begin
  if length(v_traits::text) > 8000 or length(v_claims::text) > 8000 then
    raise exception using
      errcode = 'PT400',
      message = 'more than 8000 characters are known of this user';
  end if;

  update public.customer_profiles
  set
    name = left(coalesce(v_claims ->> 'name', customer_profiles.name, v_traits ->> 'name'), 200),
    email = left(
      coalesce(v_claims ->> 'email', customer_profiles.email, v_traits ->> 'email'), 320
    ),
    phone = left(coalesce(v_claims ->> 'phone', customer_profiles.phone, v_traits ->> 'phone'), 50),
    language = left(
      coalesce(v_claims ->> 'language', customer_profiles.language, v_traits ->> 'language'), 35
    ),
    attributes = (v_more - array(select jsonb_object_keys(v_claims)))
      || customer_profiles.attributes
      || (v_claims - '{name,email,phone,language}'::text[])
  where customer_profiles.id = p_customer_id;
end;
$$;

comment on function private.apply_traits is
'Keeps what is known of a customer: what the site has signed (claims) replaces, what the page
merely says (traits) fills gaps. PT400 for too much.';
revoke all on function private.apply_traits from public;
grant execute on function private.apply_traits to service_role;

-- sql/website/attach_visitor.sql
-- Nothing is merged: a visitor who turns out to be a customer we know moves there with what they
-- have open, and what moved is written down.
create or replace function private.attach_visitor(
  p_channel_id uuid,
  p_visitor_id uuid,
  p_user_id text
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_visitor jsonb := jsonb_build_array(
    jsonb_build_object('kind', 'visitor', 'value', p_visitor_id)
  );
  v_external jsonb := jsonb_build_array(
    jsonb_build_object('kind', 'external', 'value', p_user_id)
  );
  v_own_id uuid;
  v_known_id uuid;
begin
  perform private.lock_identities(p_channel_id, v_visitor || v_external);
  v_own_id := private.find_customer(p_channel_id, v_visitor);
  v_known_id := private.find_customer(p_channel_id, v_external);
  if v_own_id = v_known_id then
    update public.customer_identities
    set is_verified = true
    where customer_identities.channel_id = p_channel_id
      and customer_identities.kind = 'external'
      and customer_identities.value = p_user_id
      and not customer_identities.is_verified;
    return v_known_id;
  end if;

  if v_own_id is not null then
    perform private.require_nobody_else(p_channel_id, v_own_id, v_known_id is not null);
  end if;
  if v_own_id is not null and v_known_id is not null then
    perform private.move_visitor(p_channel_id, p_visitor_id, v_own_id, v_known_id);
    return private.attach_visitor(p_channel_id, p_visitor_id, p_user_id);
  end if;

  v_known_id := private.upsert_customer(p_channel_id, v_external || v_visitor);
  return private.attach_visitor(p_channel_id, p_visitor_id, p_user_id);
end;
$$;

comment on function private.attach_visitor is
'Links a visitor to the customer with this proven user id and returns that customer: theirs, a
known one, or a new one. PT409 when the visitor is somebody else already.';
revoke all on function private.attach_visitor from public;
grant execute on function private.attach_visitor to service_role;

-- sql/website/await_visitors.sql
create or replace function private.await_visitors(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into private.unread_chats (conversation_id, due_at)
  select distinct conversations.id, clock_timestamp() + interval '1 minute'
  from unnest(p_messages) as messages
  join public.conversations on conversations.id = messages.conversation_id
  join private.email_consents on email_consents.customer_id = conversations.customer_id
  where messages.channel_type = 'website'
    and messages.sender_type in ('ai', 'agent')
    and not messages.is_private
    and email_consents.revoked_at is null
  on conflict (conversation_id) do nothing;
end;
$$;

comment on function private.await_visitors is
'Notes answers on the website that may have to follow their visitor by e-mail.';
revoke all on function private.await_visitors from public;
grant execute on function private.await_visitors to service_role;

-- sql/website/check_proactive_rule.sql
create or replace function private.check_proactive_rule()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if exists (
    select 1
    from jsonb_each(new.texts) as texts
    where jsonb_typeof(texts.value) <> 'string'
      or texts.value #>> '{}' !~ '\S'
      or length(texts.value #>> '{}') > 2000
  ) then
    raise exception using
      errcode = 'PT400',
      message = 'every text of a rule has 1 to 2000 characters',
      hint = '{"en": "Can we help?", "de": "Können wir helfen?"}';
  end if;
  return new;
end;
$$;

comment on function private.check_proactive_rule is
'Trigger: refuses a rule with nothing to say. PT400.';
revoke all on function private.check_proactive_rule from public;

create trigger check_proactive_rule before insert or update of texts on public.proactive_rules
for each row execute function private.check_proactive_rule();

create trigger touch_proactive_rules before update on public.proactive_rules
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_proactive_rules after insert or update or delete on public.proactive_rules
for each row execute function private.audit_change();

-- sql/website/clean_url.sql
-- Sites put reset links and tokens into addresses; agents need the page, not those.
create or replace function private.clean_url(p_url text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_parts text[] := regexp_match(
    left(p_url, 8000), '^(https?://)(?:[^/?#]*@)?([^/?#@\s]+)([^?#\s]*)(?:\?([^#\s]*))?', 'i'
  );
  v_query text;
begin
  select string_agg(parameters.text, '&' order by parameters.place) into v_query
  from regexp_split_to_table(v_parts[4], '[&;]') with ordinality as parameters (text, place)
  where parameters.text <> ''
    and split_part(parameters.text, '=', 1) !~ '[%+]'
    and split_part(parameters.text, '=', 1) !~* (
      'token|key|pass|pwd|secret|auth|code|sig|session|sid|jwt|otp|hash|credential|mail|phone|'
      || 'nonce|state|ticket|invite|reset'
    );
  return left(
    lower(v_parts[1] || v_parts[2]) || v_parts[3] || coalesce('?' || v_query, ''), 2000
  );
end;
$$;

comment on function private.clean_url is
'The address of a page without what may be secret: name and password, the fragment, and parameters
whose names sound like secrets or persons or are written in an odd way; null for anything but
http and https.';
revoke all on function private.clean_url from public;
grant execute on function private.clean_url to service_role;

-- sql/website/continue_by_email.sql
create or replace function private.continue_by_email(p_limit integer default 50)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
  v_due_at timestamptz;
  v_count integer := 0;
begin
  for v_conversation_id in
    select unread_chats.conversation_id
    from private.unread_chats
    where unread_chats.due_at <= clock_timestamp()
    order by unread_chats.due_at
    limit p_limit
    for update skip locked
  loop
    v_due_at := private.continue_chat(v_conversation_id);
    if v_due_at is null then
      delete from private.unread_chats
      where unread_chats.conversation_id = v_conversation_id;
    else
      update private.unread_chats
      set due_at = v_due_at
      where unread_chats.conversation_id = v_conversation_id;
    end if;
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;

comment on function private.continue_by_email is
'Looks after the conversations whose visitors may have left with answers unread, and sends those
by e-mail when it is time; returns how many it looked at.';
revoke all on function private.continue_by_email from public;
grant execute on function private.continue_by_email to service_role;

-- sql/website/continue_chat.sql
create or replace function private.continue_chat(p_conversation_id uuid)
returns timestamptz
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_mailbox_id uuid;
  v_email text;
  v_answers public.messages[];
  v_due_at timestamptz;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_conversation_id;
  v_mailbox_id := private.mail_channel_of(v_conversation.channel_id);
  v_email := private.consented_email(v_conversation.customer_id);
  v_answers := array(
    select answers
    from private.unread_answers(p_conversation_id) as answers
  );
  if v_mailbox_id is null or v_email is null or v_answers = '{}' then
    return null;
  end if;

  v_due_at := private.mail_is_due(v_conversation, v_answers[cardinality(v_answers)], v_email);
  if v_due_at > clock_timestamp() then
    return v_due_at;
  end if;

  insert into private.deliveries (
    message_id, conversation_id, channel_id, channel_type, address, content
  )
  values (
    v_answers[least(cardinality(v_answers), 10)].id, p_conversation_id, v_mailbox_id, 'email',
    v_email, private.continuity_text(v_answers[1:10], v_conversation.language)
  )
  on conflict (message_id, channel_id) do nothing;
  perform private.ring_deliveries();
  return case
    when cardinality(v_answers) > 10 then clock_timestamp() + interval '15 minutes'
  end;
end;
$$;

comment on function private.continue_chat is
'Sends by e-mail what a visitor who has left has not read, if it is time; returns when to look
again, or null when there is nothing left to do.';
revoke all on function private.continue_chat from public;
grant execute on function private.continue_chat to service_role;

-- sql/website/continuity_frame.sql
create or replace function private.continuity_frame(p_language text)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select case split_part(lower(coalesce(p_language, 'en')), '-', 1)
    when 'de' then '{"before": "Während Sie weg waren, haben wir Ihnen geantwortet:",
      "after": "Sie bekommen diese E-Mail, weil Sie uns Ihre Adresse hinterlassen haben."}'
    when 'es' then '{"before": "Le hemos respondido mientras no estaba:",
      "after": "Recibe este correo porque nos dejó su dirección."}'
    when 'fr' then '{"before": "Nous vous avons répondu en votre absence :",
      "after": "Vous recevez cet e-mail car vous nous avez laissé votre adresse."}'
    when 'it' then '{"before": "Le abbiamo risposto mentre non c''era:",
      "after": "Riceve questa e-mail perché ci ha lasciato il suo indirizzo."}'
    when 'pt' then '{"before": "Respondemos enquanto você esteve ausente:",
      "after": "Você recebe este e-mail porque nos deixou o seu endereço."}'
    when 'nl' then '{"before": "Terwijl u weg was, hebben wij u geantwoord:",
      "after": "U krijgt deze e-mail omdat u ons uw adres hebt gegeven."}'
    when 'pl' then '{"before": "Odpowiedzieliśmy pod Twoją nieobecność:",
      "after": "Otrzymujesz tę wiadomość, ponieważ podano nam ten adres."}'
    when 'ru' then '{"before": "Пока вас не было, мы вам ответили:",
      "after": "Вы получили это письмо, потому что оставили нам свой адрес."}'
    when 'tr' then '{"before": "Siz yokken size yanıt verdik:",
      "after": "Bu e-postayı, bize adresinizi bıraktığınız için alıyorsunuz."}'
    when 'ar' then '{"before": "أجبناك أثناء غيابك:",
      "after": "تصلك هذه الرسالة لأنك تركت لنا عنوانك."}'
    when 'zh' then '{"before": "您离开期间，我们回复了您：",
      "after": "您收到此邮件，是因为您给我们留下了邮箱地址。"}'
    else '{"before": "We answered you while you were away:",
      "after": "You get this e-mail because you left us your address."}'
  end::jsonb;
$$;

comment on function private.continuity_frame is
'What stands before and after the answers in such an e-mail, in 12 languages; English for any
other.';
revoke all on function private.continuity_frame from public;
grant execute on function private.continuity_frame to service_role;

-- sql/website/continuity_text.sql
create or replace function private.continuity_text(p_answers public.messages[], p_language text)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select concat_ws(
    E'\n\n',
    private.continuity_frame(p_language) ->> 'before',
    string_agg(
      concat_ws(
        E'\n',
        nullif(answers.content, ''),
        (
          select string_agg('[' || (files.item ->> 'filename') || ']', ' ')
          from jsonb_array_elements(answers.metadata -> 'media') as files (item)
        )
      ),
      E'\n\n' order by answers.seq
    ),
    private.continuity_frame(p_language) ->> 'after'
  )
  from unnest(p_answers) as answers;
$$;

comment on function private.continuity_text is
'The e-mail that brings a visitor what they have not read: our words alone, files by name, and why
they get it.';
revoke all on function private.continuity_text from public;
grant execute on function private.continuity_text to service_role;

-- sql/website/forget_visits.sql
create or replace function private.forget_visits(p_customer_id uuid)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_visitor_ids uuid[] := array(
    select customer_identities.value::uuid
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.kind = 'visitor'
      and pg_input_is_valid(customer_identities.value, 'uuid')
  );
  v_count integer;
begin
  delete from public.proactive_shows
  where proactive_shows.visitor_id = any (v_visitor_ids);
  delete from public.visitor_sessions
  where visitor_sessions.visitor_id = any (v_visitor_ids);
  get diagnostics v_count = row_count;
  delete from private.email_consents
  where email_consents.customer_id = p_customer_id;
  delete from private.identity_moves
  where p_customer_id in (identity_moves.from_customer_id, identity_moves.to_customer_id);
  delete from private.paces
  where split_part(paces.subject, ' ', 2) = any (v_visitor_ids::text[]);
  return v_count;
end;
$$;

comment on function private.forget_visits is
'Removes the visits of a customer to the website, the address they left, whom they turned out to be
and how often they did what; returns how many sessions.';
revoke all on function private.forget_visits from public;
grant execute on function private.forget_visits to service_role;

-- sql/website/identify.sql
create or replace function public.identify(
  p_user_id text default null,
  p_signature text default null,
  p_token text default null,
  p_traits jsonb default '{}',
  p_channel_id uuid default null
)
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.identify_visitor(p_channel_id, p_user_id, p_signature, p_token, p_traits);
$$;

comment on function public.identify is
'The visitor is a user of the site, proven by p_signature (hex HMAC-SHA256 of p_user_id with the
widget''s secret) or p_token (JWT, HS256, sub and exp): they see their history on every device.
Returns {customer_id, is_verified, conversation_id}: the newest conversation. Whoever signs out
of the site must be signed out here too. PT400, PT401, PT403, PT404, PT409, PT429.';
revoke all on function public.identify from public, anon, authenticated, service_role;
grant execute on function public.identify to authenticated, service_role;

-- sql/website/identify_visitor.sql
-- Security definer: secrets, identities and customers are closed to visitors.
create or replace function private.identify_visitor(
  p_channel_id uuid,
  p_user_id text,
  p_signature text,
  p_token text,
  p_traits jsonb
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_visitor_id uuid := (select auth.uid());
  v_channel_id uuid := private.website_channel(p_channel_id);
  v_customer_id uuid;
  v_claims jsonb;
begin
  if v_visitor_id is null or private.actor_role() <> 'visitor' then
    raise exception using
      errcode = 'PT403',
      message = 'only visitors who are signed in can be identified',
      hint = 'sign in anonymously first: auth.signInAnonymously()';
  end if;

  perform private.require_origin(v_channel_id);
  perform private.require_pace('identify ' || v_visitor_id, 20, interval '1 minute');
  v_claims := private.proven_user(v_channel_id, p_user_id, p_signature, p_token);
  v_customer_id := private.attach_visitor(v_channel_id, v_visitor_id, v_claims ->> 'sub');
  perform private.apply_traits(v_customer_id, v_claims, p_traits);
  return jsonb_build_object(
    'customer_id', v_customer_id,
    'is_verified', true,
    'conversation_id', (
      select conversations.id
      from public.conversations
      where conversations.customer_id = v_customer_id
        and conversations.channel_id = v_channel_id
      order by conversations.status = 'resolved', conversations.created_at desc
      limit 1
    )
  );
end;
$$;

comment on function private.identify_visitor is
'Recognises the calling visitor as a user of the site; see identify().';
revoke all on function private.identify_visitor from public;
grant execute on function private.identify_visitor to authenticated, service_role;

-- sql/website/is_in_conversation.sql
create or replace function private.is_in_conversation(p_session public.visitor_sessions)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.customer_identities
    join public.conversations
      on conversations.customer_id = customer_identities.customer_id
      and conversations.channel_id = customer_identities.channel_id
    where customer_identities.channel_id = p_session.channel_id
      and customer_identities.kind = 'visitor'
      and customer_identities.value = p_session.visitor_id::text
      and conversations.status <> 'resolved'
  );
end;
$$;

comment on function private.is_in_conversation is
'Whether the visitor of a session has a conversation open on its widget.';
revoke all on function private.is_in_conversation from public;
grant execute on function private.is_in_conversation to service_role;

-- sql/website/leave_email.sql
create or replace function public.leave_email(p_email text)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.leave_email_as(p_email);
$$;

comment on function public.leave_email is
'Answers that the visitor has not read ten minutes after leaving go to this address; null takes
that back. PT400, PT403, PT404,
PT429.';
revoke all on function public.leave_email from public, anon, authenticated, service_role;
grant execute on function public.leave_email to authenticated, service_role;

-- sql/website/leave_email_as.sql
-- Security definer: visitors write no customers.
create or replace function private.leave_email_as(p_email text)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_customer_id uuid;
  v_channel_id uuid;
begin
  perform private.require_pace('leave_email ' || (select auth.uid()), 10, interval '1 hour');
  select customer_identities.customer_id, customer_identities.channel_id
  into v_customer_id, v_channel_id
  from public.customer_identities
  where customer_identities.kind = 'visitor'
    and customer_identities.value = (select auth.uid())::text
  order by customer_identities.created_at desc
  limit 1;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = 'this visitor has no conversation yet',
      hint = 'call create_conversation first';
  end if;

  perform private.require_origin(v_channel_id);
  if p_email is null then
    update private.email_consents
    set revoked_at = clock_timestamp()
    where email_consents.customer_id = v_customer_id and email_consents.revoked_at is null;
  elsif not private.keep_email(v_customer_id, p_email, 'leave_email') then
    raise exception using
      errcode = 'PT400',
      message = 'this is no e-mail address';
  end if;

  insert into private.unread_chats (conversation_id, due_at)
  select conversations.id, clock_timestamp() + interval '1 minute'
  from public.conversations
  where conversations.customer_id = v_customer_id
    and conversations.channel_type = 'website'
    and conversations.status <> 'resolved'
  on conflict (conversation_id) do nothing;
end;
$$;

comment on function private.leave_email_as is
'Keeps or forgets where the calling visitor wants answers sent; see leave_email().';
revoke all on function private.leave_email_as from public;
grant execute on function private.leave_email_as to authenticated, service_role;

-- sql/website/live_session.sql
create or replace function private.live_session(
  p_channel_id uuid,
  p_visitor_id uuid,
  p_session_id uuid default null
)
returns public.visitor_sessions
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_session public.visitor_sessions;
begin
  select visitor_sessions.* into v_session
  from public.visitor_sessions
  where visitor_sessions.visitor_id = p_visitor_id
    and visitor_sessions.channel_id = coalesce(p_channel_id, visitor_sessions.channel_id)
    and visitor_sessions.seen_at > clock_timestamp() - interval '30 minutes'
  order by visitor_sessions.id = p_session_id desc nulls last, visitor_sessions.seen_at desc
  limit 1;
  return v_session;
end;
$$;

comment on function private.live_session is
'The session that a visitor is in, p_session_id if that is one; it ends after 30 idle minutes.';
revoke all on function private.live_session from public;
grant execute on function private.live_session to service_role;

-- sql/website/mail_channel_of.sql
create or replace function private.mail_channel_of(p_channel_id uuid)
returns uuid
language sql
stable
security invoker
set search_path = ''
as $$
  select mailboxes.id
  from public.channels
  join public.channels as mailboxes on mailboxes.type = 'email' and mailboxes.is_enabled
  where channels.id = p_channel_id
  order by
    mailboxes.id = channels.fallback_channel_id desc nulls last,
    mailboxes.created_at, mailboxes.id
  limit 1;
$$;

comment on function private.mail_channel_of is
'The mailbox that writes to the visitors of a widget: its fallback channel, else the first; or
null.';
revoke all on function private.mail_channel_of from public;
grant execute on function private.mail_channel_of to service_role;

-- sql/website/mail_is_due.sql
create or replace function private.mail_is_due(
  p_conversation public.conversations,
  p_newest public.messages,
  p_email text
)
returns timestamptz
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_last_at timestamptz;
  v_count integer;
begin
  select max(deliveries.created_at) into v_last_at
  from private.deliveries
  where deliveries.conversation_id = p_conversation.id
    and deliveries.address is not null;

  select count(*) into v_count
  from private.deliveries
  where private.mailbox_of(deliveries.address) = private.mailbox_of(p_email)
    and deliveries.created_at > clock_timestamp() - interval '1 day';

  return greatest(
    coalesce(p_conversation.visitor_seen_at, p_newest.created_at) + interval '10 minutes',
    p_newest.created_at + interval '1 minute',
    v_last_at + interval '15 minutes',
    case when v_count >= 20 then clock_timestamp() + interval '1 hour' end
  );
end;
$$;

comment on function private.mail_is_due is
'When unread answers may follow a visitor by e-mail: ten minutes after they left, a minute after
the last of them, fifteen after the last mail, and no mailbox gets more than twenty in a day,
whoever gave it and whatever became of that since.';
revoke all on function private.mail_is_due from public;
grant execute on function private.mail_is_due to service_role;

-- sql/website/mailbox_of.sql
create or replace function private.mailbox_of(p_email text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select regexp_replace(lower(p_email), '\+[^@]*@', '@');
$$;

comment on function private.mailbox_of is
'The mailbox behind an e-mail address: without a +tag, which makes many addresses of one.';
revoke all on function private.mailbox_of from public;
grant execute on function private.mailbox_of to service_role;

-- sql/website/may_show.sql
create or replace function private.may_show(p_rule public.proactive_rules, p_visitor_id uuid)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return not exists (
    select 1
    from public.proactive_shows
    where proactive_shows.rule_id = p_rule.id
      and proactive_shows.visitor_id = p_visitor_id
      and coalesce(
        proactive_shows.shown_at > clock_timestamp() - p_rule.once_in_days * interval '1 day',
        true
      )
  );
end;
$$;

comment on function private.may_show is
'Whether a visitor has not been shown a rule''s message too recently.';
revoke all on function private.may_show from public;
grant execute on function private.may_show to service_role;

-- sql/website/may_track.sql
create or replace function private.may_track(p_channel_id uuid, p_consent boolean)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce(p_consent, false) or exists (
    select 1
    from public.website_settings
    where website_settings.channel_id = p_channel_id and not website_settings.asks_consent
  );
end;
$$;

comment on function private.may_track is
'Whether a visit may be stored: the visitor has agreed, or the widget does not ask.';
revoke all on function private.may_track from public;
grant execute on function private.may_track to service_role;

-- sql/website/move_open_conversation.sql
-- The other may open one at this very moment, on another device: then this one stays as well.
create or replace function private.move_open_conversation(
  p_channel_id uuid,
  p_from_id uuid,
  p_to_id uuid
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
begin
  update public.conversations
  set
    customer_id = p_to_id,
    customer_name = coalesce(customer_profiles.name, conversations.customer_name),
    user_name = coalesce(customer_profiles.name, conversations.user_name),
    user_email = coalesce(customer_profiles.email, conversations.user_email)
  from public.customer_profiles
  where customer_profiles.id = p_to_id
    and conversations.customer_id = p_from_id
    and conversations.channel_id = p_channel_id
    and conversations.status <> 'resolved'
    and not exists (
      select 1
      from public.conversations as theirs
      where theirs.customer_id = p_to_id
        and theirs.channel_id = p_channel_id
        and theirs.status <> 'resolved'
    )
  returning conversations.id into v_conversation_id;
  return v_conversation_id;
exception
  when unique_violation then
    return null;
end;
$$;

comment on function private.move_open_conversation is
'Gives one customer''s open conversation to another who has none open on the channel; returns it,
or null where it stays.';
revoke all on function private.move_open_conversation from public;
grant execute on function private.move_open_conversation to service_role;

-- sql/website/move_visitor.sql
create or replace function private.move_visitor(
  p_channel_id uuid,
  p_visitor_id uuid,
  p_from_id uuid,
  p_to_id uuid
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid := private.move_open_conversation(p_channel_id, p_from_id, p_to_id);
begin
  update public.customer_identities
  set customer_id = p_to_id
  where customer_identities.channel_id = p_channel_id
    and customer_identities.kind = 'visitor'
    and customer_identities.value = p_visitor_id::text;

  insert into private.identity_moves (
    visitor_id, channel_id, from_customer_id, to_customer_id, conversation_id
  )
  values (p_visitor_id, p_channel_id, p_from_id, p_to_id, v_conversation_id);

  insert into private.email_consents (customer_id, email, consented_at, consent_source)
  select p_to_id, given.email, given.consented_at, given.consent_source
  from private.email_consents as given
  where given.customer_id = p_from_id and given.revoked_at is null
  on conflict (customer_id) do nothing;
end;
$$;

comment on function private.move_visitor is
'Moves a visitor to the customer they turned out to be, with the conversation they have open
unless that customer has one open as well; what moved is kept.';
revoke all on function private.move_visitor from public;
grant execute on function private.move_visitor to service_role;

-- sql/website/next_proactive.sql
-- Security definer: visitors read no rules. How long they say they have been on the page is
-- believed as far as the page has been open.
create or replace function private.next_proactive(
  p_session_id uuid,
  p_seconds integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_visitor_id uuid := (select auth.uid());
  v_session public.visitor_sessions;
  v_page public.page_visits;
begin
  perform private.require_pace('proactive ' || v_visitor_id, 60, interval '1 minute');
  perform pg_advisory_xact_lock(hashtextextended('visits of ' || v_visitor_id, 0));
  v_session := private.live_session(null, v_visitor_id, p_session_id);
  if v_session.id is distinct from p_session_id or p_session_id is null then
    raise exception using
      errcode = 'PT404',
      message = 'this session has ended',
      hint = 'call visit_page again';
  end if;

  perform private.require_origin(v_session.channel_id);
  perform private.touch_visitor_everywhere();
  update public.visitor_sessions
  set seen_at = clock_timestamp()
  where visitor_sessions.id = v_session.id
    and visitor_sessions.seen_at < clock_timestamp() - interval '20 seconds';
  select page_visits.* into v_page
  from public.page_visits
  where page_visits.session_id = v_session.id
  order by page_visits.visited_at desc
  limit 1;
  return private.pick_proactive(v_session, v_page.url, least(
    p_seconds, extract(epoch from clock_timestamp() - v_page.visited_at)::integer + 5
  ));
end;
$$;

comment on function private.next_proactive is
'What to show to the calling visitor; see proactive_message().';
revoke all on function private.next_proactive from public;
grant execute on function private.next_proactive to authenticated, service_role;

-- sql/website/note_page.sql
create or replace function private.note_page(
  p_session public.visitor_sessions,
  p_url text,
  p_title text
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_last public.page_visits;
begin
  select page_visits.* into v_last
  from public.page_visits
  where page_visits.session_id = p_session.id
  order by page_visits.visited_at desc
  limit 1;

  if v_last.url = p_url and v_last.visited_at > clock_timestamp() - interval '10 seconds' then
    return;
  end if;

  insert into public.page_visits (session_id, url, title)
  values (p_session.id, p_url, left(btrim(p_title), 300));
  update public.visitor_sessions
  set page_count = visitor_sessions.page_count + 1, seen_at = clock_timestamp()
  where visitor_sessions.id = p_session.id;
end;
$$;

comment on function private.note_page is
'Adds a page to a session; the same page within ten seconds is one visit.';
revoke all on function private.note_page from public;
grant execute on function private.note_page to service_role;

-- sql/website/open_session.sql
create or replace function private.open_session(
  p_channel_id uuid,
  p_visitor_id uuid,
  p_url text,
  p_referrer text
)
returns public.visitor_sessions
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_session public.visitor_sessions;
begin
  insert into public.visitor_sessions (
    visitor_id, channel_id, visit_number, landing_url, referrer, user_agent, language
  )
  select
    p_visitor_id, p_channel_id, count(*) + 1, p_url, private.clean_url(p_referrer),
    left(private.request_header('user-agent'), 400),
    lower(substring(private.request_header('accept-language') from '^[A-Za-z]{2,3}'))
  from public.visitor_sessions
  where visitor_sessions.visitor_id = p_visitor_id
    and visitor_sessions.channel_id = p_channel_id
  returning * into v_session;
  return v_session;
end;
$$;

comment on function private.open_session is
'Begins a session; the browser and its language are those of the request.';
revoke all on function private.open_session from public;
grant execute on function private.open_session to service_role;

-- sql/website/pick_proactive.sql
create or replace function private.pick_proactive(
  p_session public.visitor_sessions,
  p_url text,
  p_seconds integer
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_rule public.proactive_rules;
  v_language text;
begin
  if private.is_in_conversation(p_session) then
    return null;
  end if;

  select proactive_rules.* into v_rule
  from public.proactive_rules
  where proactive_rules.is_enabled
    and coalesce(proactive_rules.channel_id, p_session.channel_id) = p_session.channel_id
    and p_url like private.address_pattern(coalesce(proactive_rules.url_pattern, '*'))
    and proactive_rules.min_seconds_on_page <= p_seconds
    and proactive_rules.min_visits <= p_session.visit_number
    and coalesce(p_session.language = any (proactive_rules.languages), true)
    and (
      not proactive_rules.only_in_office_hours
      or private.office_is_open(p_session.channel_id)
    )
    and private.may_show(proactive_rules, p_session.visitor_id)
  order by proactive_rules.position, proactive_rules.created_at
  limit 1;
  if not found then
    return null;
  end if;

  v_language := private.text_language(v_rule.texts, p_session.language);
  insert into public.proactive_shows (rule_id, visitor_id, channel_id, session_id, text)
  values (
    v_rule.id, p_session.visitor_id, p_session.channel_id, p_session.id,
    v_rule.texts ->> v_language
  );
  return jsonb_build_object(
    'rule_id', v_rule.id, 'text', v_rule.texts ->> v_language, 'language', v_language
  );
end;
$$;

comment on function private.pick_proactive is
'The one proactive message for a visitor who has been on a page so long, {rule_id, text,
language}, noted as shown; null when no rule fits, or they are in a conversation.';
revoke all on function private.pick_proactive from public;
grant execute on function private.pick_proactive to service_role;

-- sql/website/proactive_message.sql
create or replace function public.proactive_message(p_session uuid, p_seconds_on_page integer)
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.next_proactive(p_session, p_seconds_on_page);
$$;

comment on function public.proactive_message is
'A message to show to a visitor who has been on their page for so long, {rule_id, text, language},
or null (R42); also tells that they are still there, so call it every 20 seconds or so. PT403,
PT404, PT429.';
revoke all on function public.proactive_message from public, anon, authenticated, service_role;
grant execute on function public.proactive_message to authenticated, service_role;

-- sql/website/proven_user.sql
-- All secrets are tried whatever the first one says, and compared as hashes: time tells nothing.
create or replace function private.proven_user(
  p_channel_id uuid,
  p_user_id text,
  p_signature text,
  p_token text
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_secret text;
  v_claims jsonb;
begin
  for v_secret in
    select secrets.secret
    from private.identity_secrets(p_channel_id) as secrets (secret)
  loop
    if p_token is not null then
      v_claims := coalesce(v_claims, private.claims_of_jwt(p_token, v_secret));
    elsif sha256(convert_to(lower(p_signature), 'UTF8')) = sha256(convert_to(encode(
      private.hmac_sha256(convert_to(v_secret, 'UTF8'), convert_to(p_user_id, 'UTF8')), 'hex'
    ), 'UTF8')) then
      v_claims := coalesce(v_claims, jsonb_build_object('sub', p_user_id));
    end if;
  end loop;

  if (
    jsonb_typeof(v_claims -> 'sub') = 'string'
    and length(v_claims ->> 'sub') between 1 and 512
    and coalesce(p_user_id = v_claims ->> 'sub', true)
  ) is not true then
    raise exception using
      errcode = 'PT401',
      message = 'the site has not signed this user',
      hint = 'p_signature: hex HMAC-SHA256 of the user id; p_token: a JWT (HS256) with sub and exp';
  end if;
  return v_claims;
end;
$$;

comment on function private.proven_user is
'The claims of the user whom the site has signed with one of the widget''s secrets: by HMAC of the
id, {sub}, or by a token; PT401 when it has not.';
revoke all on function private.proven_user from public;
grant execute on function private.proven_user to service_role;

-- sql/website/purge_visits.sql
create or replace function private.purge_visits(p_limit integer default 1000)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  delete from public.visitor_sessions
  where visitor_sessions.id in (
    select expired.id
    from public.visitor_sessions as expired
    join public.website_settings on website_settings.channel_id = expired.channel_id
    where expired.seen_at < statement_timestamp() - website_settings.keep_visits
    limit p_limit
  );
  get diagnostics v_count = row_count;

  delete from public.proactive_shows
  where proactive_shows.shown_at < statement_timestamp() - interval '2 years';
  delete from private.paces
  where paces.started_at < statement_timestamp() - interval '1 day';
  return v_count;
end;
$$;

comment on function private.purge_visits is
'Ends the retention of sessions and their visits (keep_visits of their widget, 90 days unless
set), at most p_limit a call; returns how many. Counts of who did what how often go after a day.';
revoke all on function private.purge_visits from public;
grant execute on function private.purge_visits to service_role;

-- sql/website/record_visit.sql
-- Security definer: visitors write sessions and visits only through here, in their own name.
create or replace function private.record_visit(
  p_url text,
  p_title text,
  p_referrer text,
  p_session_id uuid,
  p_consent boolean,
  p_channel_id uuid
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_visitor_id uuid := (select auth.uid());
  v_channel_id uuid := private.website_channel(p_channel_id);
  v_url text := private.clean_url(p_url);
  v_session public.visitor_sessions;
begin
  if v_visitor_id is null or private.actor_role() <> 'visitor' then
    raise exception using
      errcode = 'PT403',
      message = 'only visitors visit pages',
      hint = 'sign in anonymously first: auth.signInAnonymously()';
  elsif v_url is null then
    raise exception using
      errcode = 'PT400',
      message = 'the address of a page begins with http or https';
  end if;

  perform private.require_origin(v_channel_id);
  if not private.may_track(v_channel_id, p_consent) then
    return jsonb_build_object('session_id', null, 'proactive', null);
  end if;

  perform private.require_pace('visit ' || v_visitor_id, 60, interval '1 minute');
  perform pg_advisory_xact_lock(hashtextextended('visits of ' || v_visitor_id, 0));
  v_session := private.live_session(v_channel_id, v_visitor_id, p_session_id);
  if v_session.id is null then
    v_session := private.open_session(v_channel_id, v_visitor_id, v_url, p_referrer);
  end if;
  perform private.note_page(v_session, v_url, p_title);
  perform private.touch_visitor_everywhere();
  return jsonb_build_object(
    'session_id', v_session.id,
    'proactive', private.pick_proactive(v_session, v_url, 0)
  );
end;
$$;

comment on function private.record_visit is
'Notes the calling visitor''s page; see visit_page().';
revoke all on function private.record_visit from public;
grant execute on function private.record_visit to authenticated, service_role;

-- sql/website/require_nobody_else.sql
create or replace function private.require_nobody_else(
  p_channel_id uuid,
  p_customer_id uuid,
  p_moves boolean
)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if exists (
    select 1
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.is_verified
      and (
        customer_identities.kind = 'external' and customer_identities.channel_id = p_channel_id
        or customer_identities.kind <> 'visitor' and p_moves
      )
  ) then
    raise exception using
      errcode = 'PT409',
      message = 'this visitor is somebody else already',
      hint = 'sign out, sign in anonymously anew, and identify again';
  end if;
end;
$$;

comment on function private.require_nobody_else is
'Raises PT409 for a customer whom somebody vouches for already, so that one person''s
conversations never become another''s who signs in on the same device.';
revoke all on function private.require_nobody_else from public;
grant execute on function private.require_nobody_else to service_role;

-- sql/website/ring_deliveries.sql
create or replace function private.ring_deliveries()
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.broadcast(array['worker'], array['deliveries'], array['{}'::jsonb]);
$$;

comment on function private.ring_deliveries is
'Rings the worker: something waits to be sent.';
revoke all on function private.ring_deliveries from public;
grant execute on function private.ring_deliveries to service_role;

-- sql/website/say_first.sql
create or replace function private.say_first(
  p_conversation_id uuid,
  p_show public.proactive_shows
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into public.messages (conversation_id, sender_type, content, metadata)
  values (
    p_conversation_id, 'system', p_show.text,
    jsonb_build_object('event', 'proactive', 'rule_id', p_show.rule_id)
  );
end;
$$;

comment on function private.say_first is
'Writes into a conversation what a rule has shown to its visitor.';
revoke all on function private.say_first from public;
grant execute on function private.say_first to service_role;

-- sql/website/text_language.sql
create or replace function private.text_language(p_texts jsonb, p_language text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(
    case when p_texts ? p_language then p_language end,
    case when p_texts ? 'en' then 'en' end,
    (
      select min(texts.key)
      from jsonb_object_keys(p_texts) as texts (key)
    )
  );
$$;

comment on function private.text_language is
'In which of its languages a text is best shown: the wanted one, else English, else any.';
revoke all on function private.text_language from public;
grant execute on function private.text_language to service_role;

-- sql/website/touch_visitor_everywhere.sql
create or replace function private.touch_visitor_everywhere()
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.touch_visitor(conversations.id)
  from public.conversations
  where conversations.id in (select private.my_conversations())
    and conversations.channel_type = 'website'
    and conversations.status <> 'resolved';
end;
$$;

comment on function private.touch_visitor_everywhere is
'Notes that a visitor is there, in every conversation they have open on the website.';
revoke all on function private.touch_visitor_everywhere from public;
grant execute on function private.touch_visitor_everywhere to service_role;

-- sql/website/unread_answers.sql
create or replace function private.unread_answers(p_conversation_id uuid)
returns setof public.messages
language sql
stable
security invoker
set search_path = ''
as $$
  select messages.*
  from public.messages
  where messages.conversation_id = p_conversation_id
    and messages.sender_type in ('ai', 'agent')
    and not messages.is_private
    and messages.deleted_at is null
    and messages.delivery_status in ('sent', 'delivered')
    and messages.seq > coalesce((
      select max(mailed.seq)
      from private.deliveries
      join public.messages as mailed on mailed.id = deliveries.message_id
      where deliveries.conversation_id = p_conversation_id and deliveries.content is not null
    ), 0)
  order by messages.seq
  limit 11;
$$;

comment on function private.unread_answers is
'What a visitor has neither read nor got by e-mail, oldest first; eleven at most, so that one
tells whether there is more than the ten of a mail.';
revoke all on function private.unread_answers from public;
grant execute on function private.unread_answers to service_role;

-- sql/website/visit_page.sql
create or replace function public.visit_page(
  p_url text,
  p_title text default null,
  p_referrer text default null,
  p_session uuid default null,
  p_consent boolean default false,
  p_channel_id uuid default null
)
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.record_visit(
    p_url, p_title, p_referrer, p_session, p_consent, p_channel_id
  );
$$;

comment on function public.visit_page is
'The visitor is on a page (R41). Nothing is stored before they have agreed (p_consent), unless the
widget does not ask; addresses are kept without secrets, no IP address is kept. Returns
{session_id, proactive}: a message to show at once, {rule_id, text, language}, or null (R42).
PT400, PT403, PT404, PT429.';
revoke all on function public.visit_page from public, anon, authenticated, service_role;
grant execute on function public.visit_page to authenticated, service_role;

-- sql/knowledge/best_passage.sql
create or replace function private.best_passage(p_article_id uuid, p_chunk_id uuid)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select knowledge_chunks.content
  from public.knowledge_chunks
  where knowledge_chunks.article_id = p_article_id and knowledge_chunks.kind = 'body'
  order by knowledge_chunks.id = p_chunk_id desc, knowledge_chunks.position
  limit 1;
$$;

comment on function private.best_passage is
'The paragraph to answer from: the one that matched, or the article''s first.';
revoke all on function private.best_passage from public;
grant execute on function private.best_passage to authenticated, service_role;

-- sql/knowledge/character_runs.sql
-- Signs are named one by one: the class of punctuation holds vowel signs of Thai and its kin.
create or replace function private.character_runs(p_text text, p_size integer)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(string_agg(substr(words.word, starts.place, p_size), ' '), '')
  from regexp_split_to_table(
    lower(p_text), '[[:space:]!-/:-@[-`{-~。、，！？「」（）・：；]+'
  ) as words (word)
  cross join lateral generate_series(1, greatest(length(words.word) - p_size + 1, 1))
    as starts (place)
  where words.word <> '';
$$;

comment on function private.character_runs is
'Every so many neighbouring characters, for languages that write no spaces between words.';
revoke all on function private.character_runs from public;
grant execute on function private.character_runs to authenticated, service_role;

-- sql/knowledge/chunk_article.sql
-- Security definer: admins edit articles; the pieces are the machine's.
create or replace function private.chunk_article()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    delete from public.knowledge_chunks where knowledge_chunks.article_id = new.id;
  end if;
  if not new.is_published then
    return null;
  end if;

  insert into public.knowledge_chunks (article_id, kind, position, language, content, terms)
  select
    new.id, pieces.kind, pieces.position, new.language, pieces.content,
    private.search_terms(new.language, pieces.content)
  from (
    select 'title' as kind, 0 as position, new.title as content
    union all
    select 'body', paragraphs.position::integer, new.title || E'\n' || btrim(paragraphs.content)
    from regexp_split_to_table(new.body, E'\n[[:space:]]*\n') with ordinality
      as paragraphs (content, position)
    where btrim(paragraphs.content) <> ''
    union all
    select 'phrasing', phrasings.position::integer, phrasings.content
    from unnest(new.phrasings) with ordinality as phrasings (content, position)
    where btrim(phrasings.content) <> ''
  ) as pieces;
  return null;
end;
$$;

comment on function private.chunk_article is
'Trigger: cuts a published article that is new or changed into its title, paragraphs, phrasings.';
revoke all on function private.chunk_article from public;

create trigger chunk_article
after insert on public.knowledge_articles
for each row execute function private.chunk_article();

create trigger chunk_article_again
after update on public.knowledge_articles
for each row
when (
  (old.title, old.body, old.language, old.phrasings, old.is_published)
  is distinct from (new.title, new.body, new.language, new.phrasings, new.is_published)
)
execute function private.chunk_article();

-- sql/knowledge/claim_chunks.sql
-- Three ranges instead of "is distinct from", which no index serves: this is asked every second.
create or replace function private.claim_chunks(
  p_model text,
  p_limit integer,
  p_languages text[] default '{}'
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return query
  with due as materialized (
    select knowledge_chunks.id
    from public.knowledge_chunks
    where (
      knowledge_chunks.embedding_model is null
      or knowledge_chunks.embedding_model < p_model
      or knowledge_chunks.embedding_model > p_model
    )
    and coalesce(knowledge_chunks.embed_lease_until, '-infinity') < statement_timestamp()
    and (p_languages = '{}' or knowledge_chunks.language = any (p_languages))
    limit p_limit
    for update skip locked
  )

  update public.knowledge_chunks
  set embed_lease_until = statement_timestamp() + interval '60 seconds'
  from due
  where knowledge_chunks.id = due.id
  returning jsonb_build_object(
    'chunk_id', knowledge_chunks.id, 'content', knowledge_chunks.content
  );
end;
$$;

comment on function private.claim_chunks is
'Leases pieces of articles that have no vector of this model, {chunk_id, content}; in any language
or in those that it understands.';
revoke all on function private.claim_chunks from public;
grant execute on function private.claim_chunks to service_role;

-- sql/knowledge/common_topics.sql
create or replace function private.common_topics(p_language text, p_limit integer default 3)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(
    jsonb_build_object('article_id', topics.id, 'title', topics.title, 'language', topics.language)
    order by topics.place
  ), '[]')
  from (
    select
      knowledge_articles.id,
      knowledge_articles.title,
      knowledge_articles.language,
      row_number() over (
        order by
          knowledge_articles.language = coalesce(p_language, 'en') desc,
          cardinality(knowledge_articles.phrasings) desc,
          knowledge_articles.created_at,
          knowledge_articles.id
      ) as place
    from public.knowledge_articles
    where knowledge_articles.is_published
      and clock_timestamp() >= coalesce(knowledge_articles.valid_from, '-infinity')
      and clock_timestamp() < coalesce(knowledge_articles.valid_until, 'infinity')
    order by place
    limit p_limit
  ) as topics;
$$;

comment on function private.common_topics is
'What to offer a customer who has not said yet what it is about: [{article_id, title, language}].';
revoke all on function private.common_topics from public;
grant execute on function private.common_topics to service_role;

-- sql/knowledge/compare_articles.sql
create or replace function private.compare_articles(
  p_articles uuid[],
  p_embedding extensions.vector,
  p_model text
)
returns table (article_id uuid, chunk_id uuid, cosine double precision)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_embedding is null then
    return;
  end if;

  return query
  select distinct on (compared.article_id) compared.article_id, compared.id, compared.product
  from (
    select
      knowledge_chunks.article_id, knowledge_chunks.id,
      -(knowledge_chunks.embedding operator(extensions.<#>) p_embedding) as product
    from unnest(p_articles) as asked (article_id)
    join public.knowledge_chunks on knowledge_chunks.article_id = asked.article_id
    where knowledge_chunks.embedding_model = p_model
  ) as compared
  order by compared.article_id, compared.product desc, compared.id;
end;
$$;

comment on function private.compare_articles is
'Of each of these articles the piece whose vector is nearest, and their inner product; nothing
without an embedding, or for articles that have no vector of its model yet.';
revoke all on function private.compare_articles from public;
grant execute on function private.compare_articles to authenticated, service_role;

-- sql/knowledge/count_terms.sql
-- Security definer: the counts follow every edit, whoever made it.
create or replace function private.count_terms()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into private.knowledge_term_changes (language, term, articles)
  select
    found.language, found.term,
    count(distinct found.article_id) * case when tg_op = 'INSERT' then 1 else -1 end
  from (
    select pieces.language, pieces.article_id, words.lexeme as term
    from pieces
    cross join lateral unnest(pieces.terms) as words
    union all
    select pieces.language, pieces.article_id, ''
    from pieces
  ) as found
  group by found.language, found.term;
  return null;
end;
$$;

comment on function private.count_terms is
'Trigger: notes in how many articles more, or fewer, each term occurs. The pieces of one article
come and go in one statement.';
revoke all on function private.count_terms from public;

create trigger count_terms
after insert on public.knowledge_chunks
referencing new table as pieces
for each statement execute function private.count_terms();

create trigger count_terms_gone
after delete on public.knowledge_chunks
referencing old table as pieces
for each statement execute function private.count_terms();

-- sql/knowledge/cover_question.sql
-- Common words are in far too many pieces to go through them all, and tell little: pieces are found
-- by the rare ones, and all of them count for the best of those.
create or replace function private.cover_question(p_question text, p_language text)
returns table (
  chunk_id uuid,
  article_id uuid,
  coverage double precision,
  score double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_most_pieces constant integer := 3000;
  v_candidates constant integer := 30;
  v_words private.sought_word[];
begin
  select array_agg(
    (
      private.query_for(weighed.term, length(weighed.term)),
      private.query_for(weighed.term, private.stem_length(weighed.term)),
      private.letter_runs(weighed.word),
      weighed.articles,
      weighed.weight
    )::private.sought_word
    order by weighed.articles, weighed.term
  ) into v_words
  from private.weigh_question(p_question, p_language) as weighed;

  return query
  select
    pieces.id, pieces.article_id,
    held.exact / (1 + 0.01 * length(pieces.terms)),
    (held.exact + held.alike) / 2 / private.length_penalty(p_language, pieces.terms)
  from private.pieces_with(v_words, p_language, v_most_pieces, v_candidates) as pieces
  cross join lateral private.held_share(pieces.content, pieces.terms, v_words) as held;
end;
$$;

comment on function private.cover_question is
'How much of a question''s weight the best pieces of valid published articles hold, 0 to 1, and
the score to rank them by.';
revoke all on function private.cover_question from public;
grant execute on function private.cover_question to authenticated, service_role;

-- sql/knowledge/covered_articles.sql
create or replace function private.covered_articles(
  p_question text,
  p_language text,
  p_limit integer
)
returns table (
  article_id uuid,
  chunk_id uuid,
  coverage double precision,
  score double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select best.article_id, best.chunk_id, best.coverage, best.score
  from (
    select distinct on (pieces.article_id)
      pieces.article_id, pieces.chunk_id, pieces.coverage,
      max(pieces.score) over (partition by pieces.article_id) as score
    from private.searched_languages(p_language) as languages (language)
    cross join lateral private.cover_question(left(p_question, 2000), languages.language) as pieces
    order by pieces.article_id, pieces.coverage desc, pieces.chunk_id
  ) as best
  order by best.score desc, best.article_id
  limit p_limit;
end;
$$;

comment on function private.covered_articles is
'The articles whose best piece covers most of a question, best first; null searches
every language.';
revoke all on function private.covered_articles from public;
grant execute on function private.covered_articles to authenticated, service_role;

-- sql/knowledge/fold_terms.sql
create or replace function private.fold_terms()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_folded integer;
begin
  if not pg_try_advisory_xact_lock(hashtext('private.fold_terms')) then
    return 0;
  end if;

  with taken as (
    delete from private.knowledge_term_changes
    returning knowledge_term_changes.language, knowledge_term_changes.term,
      knowledge_term_changes.articles
  ),

  added as (
    insert into private.knowledge_terms as known (language, term, articles)
    select taken.language, taken.term, sum(taken.articles)
    from taken
    group by taken.language, taken.term
    having sum(taken.articles) <> 0
    on conflict (language, term) do update set articles = known.articles + excluded.articles
  )

  select count(*) into v_folded
  from taken;

  if v_folded > 0 then
    delete from private.knowledge_terms where knowledge_terms.articles = 0;
  end if;
  return v_folded;
end;
$$;

comment on function private.fold_terms is
'Adds the noted changes to the counts of terms, gives how many; one at a time, the others give 0.';
revoke all on function private.fold_terms from public;
grant execute on function private.fold_terms to service_role;

-- sql/knowledge/held_share.sql
-- Two measures: what the endings and beginnings of a language do to its words, and a slip of the
-- finger, cost all of the first and a part of the second.
create or replace function private.held_share(
  p_content text,
  p_terms tsvector,
  p_words private.sought_word[]
)
returns table (exact double precision, alike double precision)
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  -- Both in memory once, instead of being unpacked again for every word.
  v_terms tsvector := p_terms || ''::tsvector;
  v_text text := ' ' || translate(lower(p_content), E'\n\t("', '    ');
  v_word private.sought_word;
  v_run text;
  v_found integer;
  v_total double precision := 0;
begin
  exact := 0;
  alike := 0;
  foreach v_word in array p_words loop
    v_total := v_total + v_word.weight;
    if v_terms @@ v_word.query then
      exact := exact + v_word.weight;
    end if;
    if v_word.runs is not null then
      v_found := 0;
      foreach v_run in array v_word.runs loop
        v_found := v_found + (strpos(v_text, v_run) > 0)::integer;
      end loop;
      alike := alike + v_word.weight * v_found / cardinality(v_word.runs);
    end if;
  end loop;

  exact := exact / nullif(v_total, 0);
  alike := case when p_words[1].runs is null then exact else alike / nullif(v_total, 0) end;
  return next;
end;
$$;

comment on function private.held_share is
'The share of the weight of the sought words that a piece holds, 0 to 1: as terms, and by their
letters; where words do not stand apart both are one.';
revoke all on function private.held_share from public;
grant execute on function private.held_share to authenticated, service_role;

-- sql/knowledge/holds_now.sql
create or replace function private.holds_now(
  p_is_published boolean,
  p_valid_from timestamptz,
  p_valid_until timestamptz
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_is_published
    and clock_timestamp() >= coalesce(p_valid_from, '-infinity')
    and clock_timestamp() < coalesce(p_valid_until, 'infinity');
end;
$$;

comment on function private.holds_now is
'Whether an article may be answered from at this moment.';
revoke all on function private.holds_now from public;
grant execute on function private.holds_now to authenticated, service_role;

-- sql/knowledge/length_penalty.sql
create or replace function private.length_penalty(p_language text, p_terms tsvector)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return 1 + length(p_terms) * case
    when private.writes_unspaced(p_language) then 0.0005
    else 0.003
  end;
end;
$$;

comment on function private.length_penalty is
'What the coverage of a piece is divided by: a long one holds more words by chance alone. Runs of
characters are several times as many as words.';
revoke all on function private.length_penalty from public;
grant execute on function private.length_penalty to authenticated, service_role;

-- sql/knowledge/letter_runs.sql
create or replace function private.letter_runs(p_word text)
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_word text := ' ' || p_word;
begin
  if p_word is null then
    return null;
  end if;

  return array(
    select substr(v_word, starts.place, 4)
    from generate_series(1, greatest(length(v_word) - 3, 1)) as starts (place)
  );
end;
$$;

comment on function private.letter_runs is
'The runs of four letters of a word, the first with the space before it; null for no word.';
revoke all on function private.letter_runs from public;
grant execute on function private.letter_runs to authenticated, service_role;

-- sql/knowledge/near_articles.sql
-- The index gives the nearest vectors of all models, languages and articles, so more are asked for
-- than are needed; while a model is being replaced, old vectors take some of the places.
create or replace function private.near_articles(
  p_embedding extensions.vector,
  p_model text,
  p_language text,
  p_limit integer
)
returns setof uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_embedding is null then
    return;
  end if;

  perform set_config('hnsw.ef_search', least(2 * p_limit, 1000)::text, true);
  return query
  with nearest as materialized (
    select
      knowledge_chunks.article_id, knowledge_chunks.language, knowledge_chunks.embedding_model
    from public.knowledge_chunks
    where knowledge_chunks.embedding is not null
    order by knowledge_chunks.embedding operator(extensions.<#>) p_embedding
    limit 2 * p_limit
  )

  select distinct nearest.article_id
  from nearest
  join public.knowledge_articles on knowledge_articles.id = nearest.article_id
  where nearest.embedding_model = p_model
    and (p_language is null or nearest.language = p_language)
    and private.holds_now(
      knowledge_articles.is_published, knowledge_articles.valid_from, knowledge_articles.valid_until
    );
end;
$$;

comment on function private.near_articles is
'The valid published articles with the pieces whose vectors of this model are nearest.';
revoke all on function private.near_articles from public;
grant execute on function private.near_articles to authenticated, service_role;

-- sql/knowledge/pieces_with.sql
-- The rarest words are always sought; further ones while the pieces to go through are not too many.
-- Lengths and articles are looked at for the best of them only.
create or replace function private.pieces_with(
  p_words private.sought_word[],
  p_language text,
  p_most_pieces integer,
  p_limit integer
)
returns table (id uuid, article_id uuid, content text, terms tsvector)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  with rare as materialized (
    select
      case when words.articles = 0 then words.near else words.query end as query,
      case when words.articles = 0 then 0.5 else 1 end * words.weight as weight,
      words.articles <= 1 or sum(words.articles) over (order by words.articles, words.query)
      <= greatest(p_most_pieces, min(nullif(words.articles, 0)) over ()) as is_rare
    from unnest(p_words) as words
  ),

  hits as (
    select knowledge_chunks.id as chunk_id, sum(rare.weight) as weight
    from rare
    join public.knowledge_chunks on knowledge_chunks.terms @@ rare.query
    where rare.is_rare and knowledge_chunks.language = p_language
    group by knowledge_chunks.id
    order by 2 desc
    limit 4 * p_limit
  )

  select
    knowledge_chunks.id, knowledge_chunks.article_id, knowledge_chunks.content,
    knowledge_chunks.terms
  from hits
  join public.knowledge_chunks on knowledge_chunks.id = hits.chunk_id
  join public.knowledge_articles on knowledge_articles.id = knowledge_chunks.article_id
  where private.holds_now(
    knowledge_articles.is_published, knowledge_articles.valid_from, knowledge_articles.valid_until
  )
  order by
    hits.weight / private.length_penalty(p_language, knowledge_chunks.terms) desc,
    knowledge_chunks.id
  limit p_limit;
end;
$$;

comment on function private.pieces_with is
'The pieces of valid published articles that hold most of these words by weight, best first.';
revoke all on function private.pieces_with from public;
grant execute on function private.pieces_with to authenticated, service_role;

-- sql/knowledge/query_for.sql
create or replace function private.query_for(p_term text, p_letters integer)
returns tsquery
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_word text := '''' || replace(
    replace(left(p_term, p_letters), '\', '\\'), '''', ''''''
  ) || '''';
begin
  return (case when p_letters < length(p_term) then v_word || ':*' else v_word end)::tsquery;
end;
$$;

comment on function private.query_for is
'Looks for a term; for all that begin with so many of its letters, where it has more.';
revoke all on function private.query_for from public;
grant execute on function private.query_for to authenticated, service_role;

-- sql/knowledge/question_words.sql
-- Split by the parser that made the terms of the articles: a regular expression takes some vowel
-- signs of Hindi for punctuation.
create or replace function private.question_words(p_question text, p_language text)
returns table (term text, word text)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if private.writes_unspaced(p_language) then
    return query
    select terms.lexeme, null
    from unnest(private.search_terms(p_language, p_question)) as terms;
    return;
  end if;

  return query
  select terms.lexeme, min(words.token)
  from ts_parse('default', lower(p_question)) as words
  cross join lateral unnest(private.search_terms(p_language, words.token)) as terms
  group by terms.lexeme;
end;
$$;

comment on function private.question_words is
'The terms of a question, each with the word it was written as; without where words are not apart.';
revoke all on function private.question_words from public;
grant execute on function private.question_words to authenticated, service_role;

-- sql/knowledge/rank_articles.sql
-- Ranks are not fused: that lowers a strong one. Cosine and score are both from 0 to 1 and can be
-- compared between questions, so their weighed sum can as well.
create or replace function private.rank_articles(
  p_question text,
  p_language text,
  p_limit integer,
  p_embedding extensions.vector default null,
  p_model text default null
)
returns table (
  article_id uuid,
  chunk_id uuid,
  coverage double precision,
  cosine double precision,
  rank integer
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  with covered as materialized (
    select best.article_id, best.chunk_id, best.coverage, best.score
    from private.covered_articles(p_question, p_language, 50) as best
  ),

  candidates as (
    select covered.article_id from covered
    union
    select near.article_id
    from private.near_articles(p_embedding, p_model, p_language, 60) as near (article_id)
  )

  select
    candidates.article_id, coalesce(compared.chunk_id, covered.chunk_id),
    coalesce(covered.coverage, 0), compared.cosine,
    (row_number() over (
      order by
        coalesce(compared.cosine, 0) + 0.5 * coalesce(covered.score, 0) desc,
        candidates.article_id
    ))::integer
  from candidates
  left join covered on covered.article_id = candidates.article_id
  left join private.compare_articles(
    array(select candidates.article_id from candidates), p_embedding, p_model
  ) as compared on compared.article_id = candidates.article_id
  order by 5
  limit least(greatest(p_limit, 1), 50);
end;
$$;

comment on function private.rank_articles is
'The articles whose pieces cover most of a question or, with an embedding, are nearest to it, best
first; null searches every language.';
revoke all on function private.rank_articles from public;
grant execute on function private.rank_articles to authenticated, service_role;

-- sql/knowledge/require_embedding.sql
create or replace function private.require_embedding(
  p_embedding extensions.vector,
  p_model text
)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if p_embedding is null then
    return;
  end if;
  if coalesce(p_model, '') = '' then
    raise exception 'an embedding came without the name of its model'
    using errcode = 'PT400', hint = 'Give p_embedding_model: vectors of two models do not compare.';
  end if;
  if extensions.vector_dims(p_embedding) <> 384 then
    raise exception 'an embedding has % numbers', extensions.vector_dims(p_embedding)
    using errcode = 'PT400', hint = 'Give 384 numbers.';
  end if;
end;
$$;

comment on function private.require_embedding is
'PT400 unless an embedding has 384 numbers and names its model; none at all is fine.';
revoke all on function private.require_embedding from public;
grant execute on function private.require_embedding to authenticated, service_role;

-- sql/knowledge/search_configuration.sql
create or replace function private.search_configuration(p_language text)
returns regconfig
language sql
immutable
security invoker
set search_path = ''
as $$
  select case split_part(lower(p_language), '-', 1)
    when 'ar' then 'pg_catalog.arabic'
    when 'da' then 'pg_catalog.danish'
    when 'de' then 'pg_catalog.german'
    when 'el' then 'pg_catalog.greek'
    when 'en' then 'pg_catalog.english'
    when 'es' then 'pg_catalog.spanish'
    when 'fi' then 'pg_catalog.finnish'
    when 'fr' then 'pg_catalog.french'
    when 'hi' then 'pg_catalog.hindi'
    when 'hu' then 'pg_catalog.hungarian'
    when 'it' then 'pg_catalog.italian'
    when 'nl' then 'pg_catalog.dutch'
    when 'nb' then 'pg_catalog.norwegian'
    when 'no' then 'pg_catalog.norwegian'
    when 'pt' then 'pg_catalog.portuguese'
    when 'ro' then 'pg_catalog.romanian'
    when 'ru' then 'pg_catalog.russian'
    when 'sv' then 'pg_catalog.swedish'
    when 'tr' then 'pg_catalog.turkish'
    else 'pg_catalog.simple'
  end::regconfig;
$$;

comment on function private.search_configuration is
'The text search configuration of a language; simple where Postgres ships none.';
revoke all on function private.search_configuration from public;
grant execute on function private.search_configuration to authenticated, service_role;

-- sql/knowledge/search_knowledge.sql
-- Full text ranking of Postgres knows nothing of rare words; the share of the question's weight
-- that a piece covers does, and can be compared between questions.
create or replace function public.search_knowledge(
  p_question text,
  p_language text default null,
  p_limit integer default 5,
  p_embedding extensions.vector default null,
  p_embedding_model text default null
)
returns table (
  article_id uuid,
  chunk_id uuid,
  title text,
  content text,
  article text,
  phrasing text,
  language text,
  source_url text,
  coverage double precision,
  cosine double precision,
  rank integer
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  perform private.require_embedding(p_embedding, p_embedding_model);
  return query
  select
    best.article_id, best.chunk_id, knowledge_articles.title,
    private.best_passage(best.article_id, best.chunk_id),
    knowledge_articles.body,
    case when knowledge_chunks.kind = 'phrasing' then knowledge_chunks.content end,
    knowledge_articles.language, knowledge_articles.source_url,
    best.coverage, best.cosine, best.rank
  from private.rank_articles(
    p_question, p_language, p_limit, p_embedding, p_embedding_model
  ) as best
  join public.knowledge_articles on knowledge_articles.id = best.article_id
  join public.knowledge_chunks on knowledge_chunks.id = best.chunk_id
  order by best.rank;
end;
$$;

comment on function public.search_knowledge is
'The articles that answer a question best (R53), best first; null searches every language.
coverage is the share of the question''s information that the article''s best piece holds, 0 to 1;
cosine the best inner product of p_embedding and a piece''s vector, null without. PT400.';
revoke all on function public.search_knowledge from public, anon, authenticated, service_role;
grant execute on function public.search_knowledge to authenticated, service_role;

-- sql/knowledge/search_terms.sql
-- Signs of Chinese, Japanese and Korean hold about as much in two as letters of Thai, Khmer, Lao
-- and Burmese, with their vowel signs, in three.
create or replace function private.search_terms(p_language text, p_text text)
returns tsvector
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when not private.writes_unspaced(p_language)
      then to_tsvector(private.search_configuration(p_language), left(p_text, 20000))
    else to_tsvector('pg_catalog.simple', private.character_runs(
      left(p_text, 20000),
      case when lower(left(p_language, 2)) in ('zh', 'ja', 'ko') then 2 else 3 end
    ))
  end;
$$;

comment on function private.search_terms is
'The terms of a text in its language; runs of characters for Chinese, Japanese, Korean, Thai.';
revoke all on function private.search_terms from public;
grant execute on function private.search_terms to authenticated, service_role;

-- sql/knowledge/searched_languages.sql
create or replace function private.searched_languages(p_language text)
returns setof text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_language is not null then
    return next p_language;
    return;
  end if;

  return query
  select knowledge_terms.language
  from private.knowledge_terms
  where knowledge_terms.term = ''
  union
  select knowledge_term_changes.language
  from private.knowledge_term_changes
  where knowledge_term_changes.term = '';
end;
$$;

comment on function private.searched_languages is
'The languages to search: the one that is named, or null for all that have articles.';
revoke all on function private.searched_languages from public;
grant execute on function private.searched_languages to authenticated, service_role;

-- sql/knowledge/stem_length.sql
create or replace function private.stem_length(p_term text)
returns integer
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when length(p_term) < 5 or p_term ~ '[0-9]' then length(p_term)
    else greatest(4, ceil(0.7 * length(p_term))::integer)
  end;
end;
$$;

comment on function private.stem_length is
'How many first letters two forms of a word share, as a rule, in a language that bends its words;
short words and numbers whole.';
revoke all on function private.stem_length from public;
grant execute on function private.stem_length to authenticated, service_role;

-- sql/knowledge/store_embeddings.sql
create or replace function private.store_embeddings(p_model text, p_embeddings jsonb)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_stored integer;
begin
  update public.knowledge_chunks
  set
    embedding = (given.value ->> 'embedding')::extensions.vector,
    embedding_model = p_model,
    embed_lease_until = null
  from jsonb_array_elements(p_embeddings) as given
  where knowledge_chunks.id = (given.value ->> 'chunk_id')::uuid;

  get diagnostics v_stored = row_count;
  return v_stored;
end;
$$;

comment on function private.store_embeddings is
'Keeps vectors of pieces, [{chunk_id, embedding}], and gives how many: a piece that was rewritten
meanwhile is gone and gets another.';
revoke all on function private.store_embeddings from public;
grant execute on function private.store_embeddings to service_role;

-- sql/knowledge/term_articles.sql
create or replace function private.term_articles(p_language text, p_term text)
returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce((
    select knowledge_terms.articles
    from private.knowledge_terms
    where knowledge_terms.language = p_language and knowledge_terms.term = p_term
  ), 0) + coalesce((
    select sum(knowledge_term_changes.articles)
    from private.knowledge_term_changes
    where knowledge_term_changes.language = p_language and knowledge_term_changes.term = p_term
  ), 0);
end;
$$;

comment on function private.term_articles is
'In how many published articles of a language a term occurs; of the empty term: how many
there are.';
revoke all on function private.term_articles from public;
grant execute on function private.term_articles to authenticated, service_role;

-- sql/knowledge/version_article.sql
create or replace function private.version_article()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end;
$$;

comment on function private.version_article is
'Trigger: counts the versions of an article''s text.';
revoke all on function private.version_article from public;

create trigger version_article before update on public.knowledge_articles
for each row
when ((old.title, old.body, old.phrasings) is distinct from (new.title, new.body, new.phrasings))
execute function private.version_article();

create trigger audit_knowledge_articles
after insert or update or delete on public.knowledge_articles
for each row execute function private.audit_change();

-- sql/knowledge/weigh_question.sql
-- A word that no article has weighs most: it lowers the coverage of every article.
create or replace function private.weigh_question(p_question text, p_language text)
returns table (term text, word text, articles integer, weight double precision)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_size double precision := private.term_articles(p_language, '');
begin
  return query
  with counted as (
    select
      words.term, words.word,
      coalesce(knowledge_terms.articles, 0) + coalesce((
        select sum(knowledge_term_changes.articles)::integer
        from private.knowledge_term_changes
        where knowledge_term_changes.language = p_language
          and knowledge_term_changes.term = words.term
      ), 0) as articles
    from private.question_words(p_question, p_language) as words
    left join private.knowledge_terms
      on knowledge_terms.language = p_language and knowledge_terms.term = words.term
  )

  select
    counted.term, counted.word, counted.articles,
    case
      when counted.articles = 0 then ln(1 + 2 * v_size)
      else ln(1 + greatest(v_size - counted.articles + 0.5, 0.5) / (counted.articles + 0.5))
    end
  from counted;
end;
$$;

comment on function private.weigh_question is
'The terms of a question, in how many articles each occurs, and its weight: rare means much.';
revoke all on function private.weigh_question from public;
grant execute on function private.weigh_question to authenticated, service_role;

-- sql/knowledge/writes_unspaced.sql
create or replace function private.writes_unspaced(p_language text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return split_part(lower(p_language), '-', 1) in ('zh', 'ja', 'th', 'ko', 'km', 'lo', 'my');
end;
$$;

comment on function private.writes_unspaced is
'Whether a language is searched by runs of characters, because words do not stand apart.';
revoke all on function private.writes_unspaced from public;
grant execute on function private.writes_unspaced to authenticated, service_role;

-- sql/ai/add_ai_message.sql
create or replace function private.add_ai_message(
  p_job private.reply_jobs,
  p_outcome text,
  p_reply jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message_id uuid := gen_random_uuid();
begin
  insert into public.messages (
    id, conversation_id, sender_type, content, message_type, reply_job_id, confidence_score,
    processing_time_ms, intent_detected, knowledge_sources, tokens_used, metadata
  )
  values (
    v_message_id,
    p_job.conversation_id,
    'ai',
    left(p_reply ->> 'content', 100000),
    case when p_outcome = 'clarified' then 'choices' else 'text' end,
    p_job.id,
    private.confidence_of(p_reply),
    private.milliseconds(
      clock_timestamp() - (p_job.deadline - interval '6 seconds')
    )::integer,
    left(p_reply ->> 'intent', 100),
    p_reply -> 'sources',
    private.number_of(p_reply #> '{usage,total_tokens}')::integer,
    jsonb_strip_nulls(jsonb_build_object('choices', p_reply -> 'choices'))
  );
  return v_message_id;
end;
$$;

comment on function private.add_ai_message is
'Writes the AI''s one message of a turn, with confidence, sources, tokens and time (R22).';
revoke all on function private.add_ai_message from public;
grant execute on function private.add_ai_message to service_role;

-- sql/ai/ai_setting.sql
create or replace function private.ai_setting(p_channel_type text, p_language text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(
    (
      select to_jsonb(ai_settings)
      from public.ai_settings
      where coalesce(ai_settings.channel_type, p_channel_type) = p_channel_type
        and (ai_settings.language is null or ai_settings.language = p_language)
      order by ai_settings.channel_type is null, ai_settings.language is null
      limit 1
    ),
    '{"is_enabled": true, "confidence_threshold": 0.7, "instructions": ""}'
  );
$$;

comment on function private.ai_setting is
'How the AI answers on a channel in a language: {is_enabled, confidence_threshold, instructions}.';
revoke all on function private.ai_setting from public;
grant execute on function private.ai_setting to service_role;

create trigger touch_ai_settings before update on public.ai_settings
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_ai_settings after insert or update or delete on public.ai_settings
for each row execute function private.audit_change();

-- sql/ai/answers_lately.sql
create or replace function private.answers_lately(p_customer_id uuid, p_channel_id uuid)
returns integer
language sql
stable
security invoker
set search_path = ''
as $$
  select count(*)::integer
  from public.conversations
  join public.messages on messages.conversation_id = conversations.id
  where conversations.customer_id = p_customer_id
    and conversations.channel_id = p_channel_id
    and messages.sender_type in ('ai', 'system')
    and not messages.is_private
    and messages.created_at > statement_timestamp() - interval '1 hour';
$$;

comment on function private.answers_lately is
'How many automatic answers a customer got on a channel within the last hour.';
revoke all on function private.answers_lately from public;
grant execute on function private.answers_lately to service_role;

-- sql/ai/bury_job.sql
create or replace function private.bury_job(p_job private.reply_jobs, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.finish_job(p_job.id, 'dead', left(p_reason, 500));
  perform private.raise_alert(
    'reply_job', 'critical',
    format('the turn %s could be neither answered nor handed over', p_job.id)
  );
end;
$$;

comment on function private.bury_job is
'Makes a dead letter of a turn that cannot be ended otherwise, and tells admins (I9).';
revoke all on function private.bury_job from public;
grant execute on function private.bury_job to service_role;

-- sql/ai/claim_reply_jobs.sql
-- A silent worker loses its turn at once: its heartbeat, not the lease, says that it is dead, so
-- that another one still has time to answer. What a turn asks is read after it is claimed: a
-- message that joined it in between is then part of the question.
create or replace function private.claim_reply_jobs(p_worker text, p_limit integer)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job_ids uuid[];
begin
  with due as materialized (
    select reply_jobs.id
    from private.reply_jobs
    where (
      reply_jobs.state = 'waiting' and reply_jobs.not_before <= statement_timestamp()
    ) or (
      reply_jobs.state = 'running'
      and reply_jobs.deadline > statement_timestamp() + interval '1 second'
      and (
        reply_jobs.lease_until < statement_timestamp()
        or not private.worker_lives(reply_jobs.worker)
      )
    )
    order by reply_jobs.deadline
    limit p_limit
    for update skip locked
  ),

  claimed as (
    update private.reply_jobs
    set
      state = 'running',
      worker = p_worker,
      attempt = reply_jobs.attempt + 1,
      lease_until = greatest(reply_jobs.deadline, clock_timestamp() + interval '2 seconds')
    from due
    where reply_jobs.id = due.id
    returning reply_jobs.id
  )

  select array_agg(claimed.id) into v_job_ids
  from claimed;
  return query select private.reply_turn(reply_jobs)
  from private.reply_jobs
  where reply_jobs.id = any (v_job_ids)
  order by reply_jobs.deadline;
end;
$$;

comment on function private.claim_reply_jobs is
'Leases due turns to a worker, each ready to answer: {job_id, attempt, conversation_id,
channel_type, deadline, remaining_ms, language, threshold, instructions, question, history,
customer, knowledge, topics}.';
revoke all on function private.claim_reply_jobs from public;
grant execute on function private.claim_reply_jobs to service_role;

-- sql/ai/close_reply_jobs.sql
-- Whoever changed hands raised the epoch already; this only gives the turn its final state.
create or replace function private.close_reply_jobs(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_cancelled jsonb[];
begin
  with closing as (
    select
      messages.conversation_id,
      case
        when messages.sender_type = 'agent' then 'taken_over'
        when messages.metadata ->> 'event' = 'taken_over' then 'taken_over'
        when messages.metadata ->> 'event' = 'handed_over' then 'handed_over'
        when messages.metadata ->> 'event' in ('resolved', 'given_back') then 'superseded'
      end as outcome,
      messages.metadata ->> 'reason' as reason
    from unnest(p_messages) as messages
    where (messages.sender_type = 'agent' and not messages.is_private)
      or messages.sender_type = 'system'
  ),

  closed as (
    update private.reply_jobs
    set
      state = case when closing.outcome = 'handed_over' then 'done' else 'cancelled' end,
      outcome = closing.outcome,
      reason = closing.reason,
      lease_until = null,
      finished_at = clock_timestamp()
    from closing
    where reply_jobs.conversation_id = closing.conversation_id
      and closing.outcome is not null
      and reply_jobs.state in ('waiting', 'running')
    returning reply_jobs.id, reply_jobs.conversation_id, reply_jobs.attempt
  )

  select array_agg(
    jsonb_build_object(
        'job_id', closed.id, 'conversation_id', closed.conversation_id, 'attempt', closed.attempt
      )
  )
  into v_cancelled
  from closed;
  perform private.ring_cancel(v_cancelled);
end;
$$;

comment on function private.close_reply_jobs is
'Ends the open turn of a conversation that a person answered, took, was handed or resolved.';
revoke all on function private.close_reply_jobs from public;
grant execute on function private.close_reply_jobs to service_role;

-- sql/ai/close_turn.sql
create or replace function private.close_turn(
  p_job private.reply_jobs,
  p_outcome text,
  p_reply jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_reason text := case
    when clock_timestamp() > p_job.deadline then 'deadline'
    else left(coalesce(nullif(p_reply ->> 'reason', ''), 'low_confidence'), 100)
  end;
  v_message_id uuid;
begin
  update public.conversations
  set
    language = coalesce(conversations.language, left(p_reply ->> 'language', 35)),
    sentiment = coalesce(left(p_reply ->> 'sentiment', 100), conversations.sentiment),
    intent = coalesce(left(p_reply ->> 'intent', 100), conversations.intent),
    ai_confidence = coalesce(private.confidence_of(p_reply), conversations.ai_confidence)
  where conversations.id = p_job.conversation_id;

  perform private.finish_job(
    p_job.id, p_outcome, case when p_outcome = 'handed_over' then v_reason end
  );
  v_message_id := case
    when p_outcome = 'handed_over'
      then private.hand_over_conversation(p_job.conversation_id, v_reason, p_job.id)
    else private.add_ai_message(p_job, p_outcome, p_reply)
  end;

  update private.reply_jobs
  set reply_message_id = v_message_id
  where reply_jobs.id = p_job.id;
  return v_message_id;
end;
$$;

comment on function private.close_turn is
'Ends a turn with its one message: the AI''s, or the hand-over; returns the message.';
revoke all on function private.close_turn from public;
grant execute on function private.close_turn to service_role;

-- sql/ai/confidence_of.sql
-- Models say what they like: "high", 2, NaN. What is no number from 0 to 1 counts as no confidence.
create or replace function private.confidence_of(p_reply jsonb)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when private.number_of(p_reply -> 'confidence') between 0 and 1
      then private.number_of(p_reply -> 'confidence')
  end;
$$;

comment on function private.confidence_of is
'How sure a worker''s reply says it is, 0 to 1; null for anything else.';
revoke all on function private.confidence_of from public;
grant execute on function private.confidence_of to service_role;

-- sql/ai/curb_answers.sql
-- Two machines that answer each other would never end; what looks like a person may be one. The
-- hand-over is not told to the customer: that would be one more mail for a machine to answer.
create or replace function private.curb_answers(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_asked public.conversations;
begin
  for v_asked in
    select conversations.*
    from public.conversations
    where conversations.ai_mode = 'auto'
      and conversations.channel_type = 'email'
      and conversations.id in (
        select messages.conversation_id
        from unnest(p_messages) as messages
        where messages.sender_type = 'customer' and messages.calls_for_answer
      )
    order by conversations.id
  loop
    if private.answers_lately(v_asked.customer_id, v_asked.channel_id) >= coalesce(
      private.number_of(
        private.ai_setting('email', v_asked.language) -> 'answers_per_hour'
      ), 5
    ) then
      perform private.hand_over_quietly(v_asked.id, 'too_many_answers');
    end if;
  end loop;
end;
$$;

comment on function private.curb_answers is
'Gives mail conversations to people whose sender has had enough automatic answers within an hour.';
revoke all on function private.curb_answers from public;
grant execute on function private.curb_answers to service_role;

-- sql/ai/debounce.sql
create or replace function private.debounce()
returns interval
language sql
immutable
security invoker
set search_path = ''
as $$
  select interval '700 milliseconds';
$$;

comment on function private.debounce is
'How long the AI waits for more messages of the same burst before it answers (R122).';
revoke all on function private.debounce from public;
grant execute on function private.debounce to service_role;

-- sql/ai/decide_outcome.sql
create or replace function private.decide_outcome(p_job private.reply_jobs, p_reply jsonb)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when clock_timestamp() > p_job.deadline then 'handed_over'
    when coalesce(btrim(p_reply ->> 'content'), '') = '' then 'handed_over'
    when not private.sources_exist(p_reply -> 'sources') then 'handed_over'
    when p_reply ->> 'outcome' = 'clarify' then 'clarified'
    when p_reply ->> 'outcome' = 'answer'
      and private.confidence_of(p_reply) > (
        select (private.ai_setting(conversations.channel_type, conversations.language)
          ->> 'confidence_threshold')::double precision
        from public.conversations
        where conversations.id = p_job.conversation_id
      ) then 'answered'
    else 'handed_over'
  end;
$$;

comment on function private.decide_outcome is
'The gate (R50): an answer counts in time, with a source that exists, above the threshold (0.7 by
default); a choice counts with a source; everything else goes to people.';
revoke all on function private.decide_outcome from public;
grant execute on function private.decide_outcome to service_role;

-- sql/ai/decline_turns.sql
create or replace function private.decline_turns(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1
    from public.ai_settings
    where not ai_settings.is_enabled
  ) then
    return;
  end if;

  perform private.hand_over_conversation(asked.id, 'ai_disabled')
  from (
    select distinct conversations.id, conversations.channel_type, conversations.language
    from unnest(p_messages) as messages
    join public.conversations on conversations.id = messages.conversation_id
    where messages.sender_type = 'customer' and messages.calls_for_answer
    order by conversations.id
  ) as asked
  where private.ai_setting(asked.channel_type, asked.language) -> 'is_enabled' = 'false';
end;
$$;

comment on function private.decline_turns is
'Where the AI is switched off, people get the conversation at once, and the customer is told.';
revoke all on function private.decline_turns from public;
grant execute on function private.decline_turns to service_role;

-- sql/ai/drop_empty_turn.sql
create or replace function private.drop_empty_turn(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_cancelled jsonb[];
begin
  with dropped as (
    update private.reply_jobs
    set
      state = 'cancelled',
      outcome = 'superseded',
      reason = 'taken_back',
      lease_until = null,
      finished_at = clock_timestamp()
    where reply_jobs.conversation_id = p_conversation_id
      and reply_jobs.state in ('waiting', 'running')
      and not exists (
        select 1
        from public.messages
        where messages.conversation_id = p_conversation_id
          and messages.seq between reply_jobs.first_seq and reply_jobs.last_seq
          and messages.calls_for_answer
          and messages.deleted_at is null
      )
    returning reply_jobs.id, reply_jobs.conversation_id, reply_jobs.attempt
  )

  select array_agg(jsonb_build_object(
    'job_id', dropped.id, 'conversation_id', dropped.conversation_id, 'attempt', dropped.attempt
  ))
  into v_cancelled
  from dropped;
  perform private.ring_cancel(v_cancelled);
end;
$$;

comment on function private.drop_empty_turn is
'Ends the AI''s turn when the customer has taken back everything it asked.';
revoke all on function private.drop_empty_turn from public;
grant execute on function private.drop_empty_turn to service_role;

-- sql/ai/finish_job.sql
create or replace function private.finish_job(p_job_id uuid, p_outcome text, p_reason text)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  update private.reply_jobs
  set
    state = case
      when p_outcome in ('taken_over', 'superseded') then 'cancelled' else 'done'
    end,
    outcome = p_outcome,
    reason = p_reason,
    lease_until = null,
    finished_at = clock_timestamp()
  where reply_jobs.id = p_job_id and reply_jobs.state in ('waiting', 'running');
$$;

comment on function private.finish_job is 'Gives a turn its final state, once (I2).';
revoke all on function private.finish_job from public;
grant execute on function private.finish_job to service_role;

-- sql/ai/generate_ai_response.sql
create or replace function public.generate_ai_response(p_conversation_id uuid)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_messages public.messages[];
begin
  perform private.lock_conversation(p_conversation_id);
  v_messages := private.unanswered_messages(p_conversation_id);

  if cardinality(v_messages) = 0 then
    raise exception using
      errcode = 'PT409',
      message = format('conversation %s waits for no answer', p_conversation_id);
  end if;

  perform private.open_reply_jobs(v_messages);
  return (
    select reply_jobs.id
    from private.reply_jobs
    where reply_jobs.conversation_id = p_conversation_id
      and reply_jobs.state in ('waiting', 'running')
  );
end;
$$;

comment on function public.generate_ai_response is
'Opens the AI''s turn for what the customer last said; returns the job, or null when people own the
conversation. The worker answers; nothing here waits for it. PT404, PT409.';
revoke all on function public.generate_ai_response from public, anon, authenticated, service_role;
grant execute on function public.generate_ai_response to service_role;

-- sql/ai/hand_over_job.sql
create or replace function private.hand_over_job(p_job private.reply_jobs)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message_id uuid;
begin
  perform 1
  from public.conversations
  where conversations.id = p_job.conversation_id
  for no key update skip locked;

  if not found then
    return false;
  end if;

  perform 1
  from private.reply_jobs
  where reply_jobs.id = p_job.id
    and reply_jobs.state in ('waiting', 'running')
    and reply_jobs.attempt = p_job.attempt
  for update;

  if not found then
    return false;
  end if;

  perform private.finish_job(p_job.id, 'handed_over', 'deadline');
  v_message_id := private.hand_over_conversation(p_job.conversation_id, 'deadline', p_job.id);
  update private.reply_jobs
  set reply_message_id = v_message_id
  where reply_jobs.id = p_job.id;
  return true;
end;
$$;

comment on function private.hand_over_job is
'Hands one overdue turn over, unless somebody is at it this moment; true when done.';
revoke all on function private.hand_over_job from public;
grant execute on function private.hand_over_job to service_role;

-- sql/ai/hand_over_overdue.sql
-- One turn that cannot be handed over must not take the others with it: it is a dead letter.
-- The last net under the six seconds (I11): a turn nobody living works on goes to people 1.3 s
-- before its deadline, so that even a sweep once a second is in time; a living worker has until
-- 0.35 s before it.
create or replace function private.hand_over_overdue()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
  v_count integer := 0;
  v_waiting integer;
  v_margin interval;
begin
  -- The more wait, the earlier it begins: each hand-over takes its few milliseconds.
  select count(*) into v_waiting
  from (
    select 1
    from private.reply_jobs
    where reply_jobs.state = 'waiting'
    limit 400
  ) as waiting;
  v_margin := interval '1.3 seconds' + v_waiting * interval '6 milliseconds';

  for v_job in
    select reply_jobs.*
    from private.reply_jobs
    where reply_jobs.state in ('waiting', 'running')
      and reply_jobs.deadline < statement_timestamp() + v_margin
      and (
        reply_jobs.deadline < statement_timestamp() + interval '0.35 seconds'
        or reply_jobs.worker is null
        or not private.worker_lives(reply_jobs.worker)
      )
    order by reply_jobs.deadline
    limit 100
  loop
    begin
      v_count := v_count + private.hand_over_job(v_job)::integer;
    exception
      when transaction_rollback or insufficient_resources then
        raise;
      when others then
        perform private.bury_job(v_job, sqlerrm);
    end;
  end loop;
  return v_count;
end;
$$;

comment on function private.hand_over_overdue is
'Hands over every turn whose six seconds are about to run out; returns how many.';
revoke all on function private.hand_over_overdue from public;
grant execute on function private.hand_over_overdue to service_role;

-- sql/ai/keep_run.sql
create or replace function private.keep_run(
  p_job private.reply_jobs,
  p_attempt integer,
  p_outcome text,
  p_message_id uuid,
  p_reply jsonb
)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into public.ai_runs (
    reply_job_id, conversation_id, message_id, attempt, outcome, reason, model, wire, confidence,
    sources, question, reply, input_tokens, output_tokens, is_estimated, latency_ms, error
  )
  values (
    p_job.id,
    p_job.conversation_id,
    p_message_id,
    p_attempt,
    p_outcome,
    left(p_reply ->> 'reason', 200),
    p_reply ->> 'model',
    p_reply ->> 'wire',
    private.confidence_of(p_reply),
    coalesce(p_reply -> 'sources', '[]'),
    left(p_reply ->> 'question', 20000),
    left(p_reply ->> 'content', 20000),
    private.number_of(p_reply #> '{usage,input_tokens}')::integer,
    private.number_of(p_reply #> '{usage,output_tokens}')::integer,
    coalesce(p_reply #> '{usage,estimated}' = 'true', false),
    private.number_of(p_reply -> 'latency_ms')::integer,
    left(p_reply ->> 'error', 1000)
  );
$$;

comment on function private.keep_run is
'Keeps a run of a model, also one that came too late: cost and causes are counted from here.';
revoke all on function private.keep_run from public;
grant execute on function private.keep_run to service_role;

-- sql/ai/knowledge_for.sql
create or replace function private.knowledge_for(
  p_question text,
  p_embedding extensions.vector default null,
  p_embedding_model text default null
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(passages) order by passages.rank), '[]')
    from public.search_knowledge(
      p_question, null, 5, p_embedding, p_embedding_model
    ) as passages
  );
end;
$$;

comment on function private.knowledge_for is
'The best five articles for a question, in any language, as a list of objects.';
revoke all on function private.knowledge_for from public;
grant execute on function private.knowledge_for to service_role;

-- sql/ai/lock_turn.sql
create or replace function private.lock_turn(p_job_id uuid)
returns private.reply_jobs
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  perform 1
  from public.conversations
  where conversations.id = (
    select reply_jobs.conversation_id
    from private.reply_jobs
    where reply_jobs.id = p_job_id
  )
  for no key update;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('reply job %s not found', p_job_id);
  end if;

  select reply_jobs.* into v_job
  from private.reply_jobs
  where reply_jobs.id = p_job_id
  for update;
  return v_job;
end;
$$;

comment on function private.lock_turn is
'Locks a turn: always the conversation first, then the job. PT404.';
revoke all on function private.lock_turn from public;
grant execute on function private.lock_turn to service_role;

-- sql/ai/open_reply_jobs.sql
-- A newer message joins the open turn: it fences whatever is being generated, waits a moment for
-- more, and leaves the first message's deadline as it is.
create or replace function private.open_reply_jobs(p_messages public.messages[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_opened integer;
  v_cancelled jsonb[];
begin
  perform private.decline_turns(p_messages);
  if p_messages[1].channel_type = 'email' then
    perform private.curb_answers(p_messages);
  end if;
  with opened as (
    insert into private.reply_jobs (
      conversation_id, first_message_id, first_seq, last_seq, epoch, not_before, deadline
    )
    select
      asked.conversation_id, asked.first_message_id, asked.first_seq, asked.last_seq, asked.epoch,
      asked.asked_at + private.debounce(), asked.asked_at + interval '6 seconds'
    from private.questions_in(p_messages) as asked
    on conflict (conversation_id) where state in ('waiting', 'running') do update
      set
        last_seq = excluded.last_seq,
        epoch = excluded.epoch,
        state = 'waiting',
        attempt = reply_jobs.attempt + 1,
        worker = null,
        lease_until = null,
        not_before = least(
          clock_timestamp() + private.debounce(), reply_jobs.deadline - interval '4.5 seconds'
        )
    returning reply_jobs.id, reply_jobs.conversation_id, reply_jobs.attempt
  )

  select
    count(*),
    array_agg(
      jsonb_build_object(
        'job_id', opened.id, 'conversation_id', opened.conversation_id, 'attempt', opened.attempt
      )
    ) filter (where opened.attempt > 1)
  into v_opened, v_cancelled
  from opened;
  perform private.ring_cancel(v_cancelled);
  return v_opened;
end;
$$;

comment on function private.open_reply_jobs is
'Opens or extends the AI''s turn for customer messages that call for an answer; returns how many.';
revoke all on function private.open_reply_jobs from public;
grant execute on function private.open_reply_jobs to service_role;

-- sql/ai/questions_in.sql
create or replace function private.questions_in(p_messages public.messages[])
returns table (
  conversation_id uuid,
  epoch integer,
  first_message_id uuid,
  first_seq integer,
  last_seq integer,
  asked_at timestamptz
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    conversations.id,
    conversations.epoch,
    (array_agg(messages.id order by messages.seq))[1],
    min(messages.seq),
    max(messages.seq),
    min(messages.created_at)
  from unnest(p_messages) as messages
  join public.conversations on conversations.id = messages.conversation_id
  where messages.sender_type = 'customer'
    and messages.calls_for_answer
    and conversations.ai_mode = 'auto'
  group by conversations.id
  order by conversations.id;
end;
$$;

comment on function private.questions_in is
'What the AI is asked among these messages: a line for each conversation that it owns.';
revoke all on function private.questions_in from public;
grant execute on function private.questions_in to service_role;

-- sql/ai/record_ai_reply.sql
-- The row lock of the conversation is the turn: whoever holds it sees every message and every
-- change of hands that came before, so nothing can slip between the check and the insert.
create or replace function private.record_ai_reply(
  p_job_id uuid,
  p_worker text,
  p_attempt integer,
  p_reply jsonb
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
  v_message_id uuid;
  v_outcome text := 'fenced';
begin
  v_job := private.lock_turn(p_job_id);
  if private.turn_is_held(v_job, p_worker, p_attempt) then
    v_outcome := private.decide_outcome(v_job, p_reply);
    v_message_id := private.close_turn(v_job, v_outcome, p_reply);
  end if;

  perform private.keep_run(v_job, p_attempt, v_outcome, v_message_id, p_reply);
  return jsonb_build_object('state', v_outcome, 'message_id', v_message_id);
end;
$$;

comment on function private.record_ai_reply is
'What a worker found: {outcome: answer|clarify|hand_over, content, confidence, sources, choices,
language, intent, sentiment, reason, model, wire, usage, latency_ms, error}. Decides under the
conversation''s lock and returns {state: answered|clarified|handed_over|fenced, message_id}.
PT404.';
revoke all on function private.record_ai_reply from public;
grant execute on function private.record_ai_reply to service_role;

-- sql/ai/release_reply_jobs.sql
create or replace function private.release_reply_jobs(p_worker text)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update private.reply_jobs
  set
    state = 'waiting', worker = null, lease_until = null, attempt = reply_jobs.attempt + 1,
    not_before = clock_timestamp()
  where reply_jobs.id in (
    select claimed.id
    from private.reply_jobs as claimed
    where claimed.worker = p_worker and claimed.state = 'running'
    order by claimed.conversation_id
    for update
  );
  get diagnostics v_count = row_count;

  perform private.broadcast(array['worker'], array['reply_jobs'], array['{"delay_ms": 0}'::jsonb])
  where v_count > 0;
  return v_count;
end;
$$;

comment on function private.release_reply_jobs is
'A worker that stops gives its open turns back, at once for others; returns how many.';
revoke all on function private.release_reply_jobs from public;
grant execute on function private.release_reply_jobs to service_role;

-- sql/ai/reply_turn.sql
create or replace function private.reply_turn(p_job private.reply_jobs)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with asked as (
    select
      string_agg(messages.content, E'\n' order by messages.seq) as question
    from public.messages
    where messages.conversation_id = p_job.conversation_id
      and messages.seq between p_job.first_seq and p_job.last_seq
      and messages.sender_type = 'customer'
      and messages.deleted_at is null
  )

  select jsonb_build_object(
    'job_id', p_job.id,
    'attempt', p_job.attempt,
    'conversation_id', p_job.conversation_id,
    'channel_type', conversations.channel_type,
    'deadline', p_job.deadline,
    'remaining_ms', private.milliseconds(p_job.deadline - clock_timestamp()),
    'language', conversations.language,
    'threshold', setting.value -> 'confidence_threshold',
    'instructions', setting.value -> 'instructions',
    'question', coalesce(asked.question, ''),
    'history', private.recent_history(conversations, 12),
    'customer', jsonb_build_object(
      'id', conversations.customer_id, 'name', conversations.user_name
    ),
    'knowledge', private.knowledge_for(asked.question),
    'topics', private.common_topics(conversations.language)
  )
  from public.conversations
  cross join asked
  cross join lateral private.ai_setting(
    conversations.channel_type, conversations.language
  ) as setting (value)
  where conversations.id = p_job.conversation_id;
$$;

comment on function private.reply_turn is
'All a worker needs to answer a turn, in one object; times by the clock of the database.';
revoke all on function private.reply_turn from public;
grant execute on function private.reply_turn to service_role;

-- sql/ai/retry_reply_job.sql
create or replace function private.retry_reply_job(p_job_id uuid)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
begin
  update private.reply_jobs
  set state = 'cancelled', outcome = 'superseded'
  where reply_jobs.id = p_job_id and reply_jobs.outcome = 'dead'
  returning reply_jobs.conversation_id into v_conversation_id;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no dead turn %s', p_job_id);
  end if;
  return case
    when public.generate_ai_response(v_conversation_id) is null then 'taken_over' else 'waiting'
  end;
end;
$$;

comment on function private.retry_reply_job is
'Opens a turn anew for what a dead one left unanswered; PT404, and PT409 when nothing is.';
revoke all on function private.retry_reply_job from public;
grant execute on function private.retry_reply_job to service_role;

-- sql/ai/ring_cancel.sql
create or replace function private.ring_cancel(p_jobs jsonb[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if cardinality(p_jobs) > 0 then
    perform private.broadcast(
      array_fill('worker'::text, array[cardinality(p_jobs)]),
      array_fill('cancel'::text, array[cardinality(p_jobs)]),
      p_jobs
    );
  end if;
end;
$$;

comment on function private.ring_cancel is
'Tells workers to drop what they generate for these turns, claims up to attempt included:
[{job_id, conversation_id, attempt}].';
revoke all on function private.ring_cancel from public;
grant execute on function private.ring_cancel to service_role;

-- sql/ai/sources_exist.sql
create or replace function private.sources_exist(p_sources jsonb)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select count(*) > 0 and count(*) = count(knowledge_articles.id)
  from jsonb_array_elements(
    case when jsonb_typeof(p_sources) = 'array' then p_sources else '[]' end
  ) as cited (source)
  left join public.knowledge_articles
    on knowledge_articles.id::text = cited.source ->> 'article_id';
$$;

comment on function private.sources_exist is
'Whether there is a source and every one is an article of ours.';
revoke all on function private.sources_exist from public;
grant execute on function private.sources_exist to service_role;

-- sql/ai/turn_is_held.sql
create or replace function private.turn_is_held(
  p_job private.reply_jobs,
  p_worker text,
  p_attempt integer
)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select p_job.state = 'running'
    and p_job.worker = p_worker
    and p_job.attempt = p_attempt
    and exists (
      select 1
      from public.conversations
      where conversations.id = p_job.conversation_id
        and conversations.epoch = p_job.epoch
        and conversations.ai_mode = 'auto'
    );
$$;

comment on function private.turn_is_held is
'Whether this claim may still write: same worker, same attempt, nobody took the conversation (I7,
I8).';
revoke all on function private.turn_is_held from public;
grant execute on function private.turn_is_held to service_role;

-- sql/ai/unanswered_messages.sql
create or replace function private.unanswered_messages(p_conversation_id uuid)
returns public.messages[]
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(array_agg(messages order by messages.seq), '{}')
  from public.messages
  where messages.conversation_id = p_conversation_id
    and messages.sender_type = 'customer'
    and messages.calls_for_answer
    and messages.deleted_at is null
    and messages.seq > coalesce((
      select max(answers.seq)
      from public.messages as answers
      where answers.conversation_id = p_conversation_id
        and answers.sender_type <> 'customer'
        and not answers.is_private
    ), 0);
$$;

comment on function private.unanswered_messages is
'What the customer said since the last reply and what calls for an answer, oldest first.';
revoke all on function private.unanswered_messages from public;
grant execute on function private.unanswered_messages to service_role;

-- sql/pipeline/account_news.sql
create or replace function private.account_news(p_channel_type text, p_item jsonb)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return left(format(
    '%s says %s of account %s: %s', p_channel_type, p_item ->> 'name', p_item ->> 'account',
    coalesce(
      p_item #>> '{data,event}', p_item #>> '{data,alert_type}', p_item #>> '{data,current_limit}',
      p_item #>> '{data,decision}', 'see its pages'
    )
  ), 300);
end;
$$;

comment on function private.account_news is
'What a platform tells of our account, in one line for admins (R70).';
revoke all on function private.account_news from public;
grant execute on function private.account_news to service_role;

-- sql/pipeline/anonymise.sql
-- Security definer: it reaches queues and raw requests that no admin may read.
create or replace function private.anonymise(p_customer_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_conversation_ids uuid[];
  v_values text[];
  v_receipt jsonb;
begin
  perform private.require_admin();
  v_values := private.personal_values(p_customer_id);
  update public.customer_profiles
  set
    name = null, email = null, phone = null, attributes = '{}', erased_at = clock_timestamp()
  where customer_profiles.id = p_customer_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('customer %s not found', p_customer_id);
  end if;

  v_conversation_ids := private.seize_conversations(p_customer_id);

  v_receipt := jsonb_build_object(
    'customer', encode(sha256(convert_to(p_customer_id::text, 'UTF8')), 'hex'),
    'requests', private.blank_raw(v_values, private.requests_of(v_conversation_ids)),
    'traces', private.blank_traces(v_conversation_ids),
    'messages', private.blank_messages(v_conversation_ids),
    'broadcasts', private.blank_broadcasts(v_conversation_ids),
    'files', private.remove_files(
      array(select unnest(v_conversation_ids) || '/')
    )
  );
  delete from private.media_files
  where media_files.message_id in (
    select messages.id
    from public.messages
    where messages.conversation_id = any (v_conversation_ids)
  );
  perform private.forget_visits(p_customer_id);
  delete from public.customer_identities where customer_identities.customer_id = p_customer_id;

  perform private.audit('anonymise', 'customer', v_receipt ->> 'customer', v_receipt - 'customer');
  return v_receipt;
end;
$$;

comment on function private.anonymise is
'Anonymises a customer for an admin or the service; the audit log keeps a hash of the id only.';
revoke all on function private.anonymise from public;
grant execute on function private.anonymise to authenticated, service_role;

-- sql/pipeline/anonymise_customer.sql
create or replace function public.anonymise_customer(p_customer_id uuid)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_admin();
  return private.anonymise(p_customer_id);
end;
$$;

comment on function public.anonymise_customer is
'Takes everything personal out of a customer''s data and keeps the counts: who wrote what is gone,
that and when something was written stays (R82). Returns a receipt. PT403, PT404.';
revoke all on function public.anonymise_customer from public, anon, authenticated, service_role;
grant execute on function public.anonymise_customer to authenticated, service_role;

-- sql/pipeline/apply_account_events.sql
create or replace function private.apply_account_events(
  p_channel_type text,
  p_items private.inbound_item[]
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item private.inbound_item;
  v_name text;
begin
  for v_item in
    select items.*
    from unnest(p_items) as items
    where items.item ->> 'kind' = 'account_event'
    order by items.place
  loop
    v_name := v_item.item ->> 'name';
    if v_name like 'message_template%' or v_name = 'template_category_update' then
      perform private.apply_template_news(p_channel_type, v_name, v_item.item -> 'data');
      perform private.broadcast(array['worker'], array['templates'], array['{}'::jsonb]);
    elsif v_name = 'user_preferences' then
      perform private.apply_preferences(v_item.channel_id, v_item.item -> 'data');
    elsif v_name ~ '^(account_|phone_number_|business_|security)' then
      perform private.raise_alert('account', 'warning', private.account_news(
        p_channel_type, v_item.item
      ), null, v_item.channel_id);
    end if;
  end loop;
end;
$$;

comment on function private.apply_account_events is
'News of accounts that something follows from: templates, what customers wish, and trouble, which
admins are told. The rest stays with its request alone.';
revoke all on function private.apply_account_events from public;
grant execute on function private.apply_account_events to service_role;

-- sql/pipeline/apply_change.sql
create or replace function private.apply_change(p_channel_id uuid, p_item jsonb)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select messages.* into v_message
  from public.messages
  where messages.channel_id = p_channel_id
    and messages.external_message_id = p_item ->> 'target_id'
  for no key update;

  if not found then
    return false;
  end if;

  case p_item ->> 'kind'
    when 'reaction' then perform private.apply_reaction(v_message, p_item);
    when 'edit' then perform private.apply_edit(v_message, p_item);
    else perform private.apply_revoke(v_message);
  end case;
  return true;
end;
$$;

comment on function private.apply_change is
'Applies a reaction, edit or revoke to the message it is about; false when that is not here.';
revoke all on function private.apply_change from public;
grant execute on function private.apply_change to service_role;

-- sql/pipeline/apply_edit.sql
create or replace function private.apply_edit(p_message public.messages, p_item jsonb)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  update public.messages
  set
    content = left(coalesce(p_item ->> 'content', ''), 100000),
    edited_at = clock_timestamp(),
    updated_at = clock_timestamp(),
    metadata = messages.metadata || jsonb_build_object(
      'edit_at', p_item ->> 'occurred_at',
      'versions',
      coalesce(messages.metadata -> 'versions', '[]') || jsonb_build_array(messages.content)
    )
  where messages.id = p_message.id
    and messages.deleted_at is null
    and private.is_newer(p_item ->> 'occurred_at', messages.metadata ->> 'edit_at')
    and messages.content is distinct from left(coalesce(p_item ->> 'content', ''), 100000);
$$;

comment on function private.apply_edit is
'Gives a message the customer''s new words and keeps the former ones in its metadata; an edit that
comes late or twice changes nothing.';
revoke all on function private.apply_edit from public;
grant execute on function private.apply_edit to service_role;

-- sql/pipeline/apply_preferences.sql
-- A customer who wants no marketing has agreed to nothing that they have not asked for.
create or replace function private.apply_preferences(p_channel_id uuid, p_data jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.customer_identities
  set revoked_at = case when wishes.item ->> 'value' = 'stop' then clock_timestamp() end
  from jsonb_array_elements(
    case
      when jsonb_typeof(p_data -> 'user_preferences') = 'array' then p_data -> 'user_preferences'
      else '[]'
    end
  ) as wishes (item)
  where customer_identities.channel_id = p_channel_id
    and customer_identities.value in (wishes.item ->> 'wa_id', wishes.item ->> 'user_id')
    and wishes.item ->> 'value' in ('stop', 'resume');
end;
$$;

comment on function private.apply_preferences is
'A customer has told the platform that they want no messages they did not ask for, or that they do
again: consent to be written to unasked goes or comes back.';
revoke all on function private.apply_preferences from public;
grant execute on function private.apply_preferences to service_role;

-- sql/pipeline/apply_reaction.sql
create or replace function private.apply_reaction(p_message public.messages, p_item jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_who text := coalesce(p_item #>> '{identities,0,value}', 'customer');
begin
  if not private.is_newer(
    p_item ->> 'occurred_at', p_message.metadata -> 'reacted_at' ->> v_who
  ) then
    return;
  end if;

  update public.messages
  set
    metadata = messages.metadata || jsonb_build_object(
      'reactions', jsonb_strip_nulls(
        coalesce(messages.metadata -> 'reactions', '{}') || jsonb_build_object(
          v_who, nullif(left(p_item ->> 'emoji', 32), '')
        )
      ),
      'reacted_at', coalesce(messages.metadata -> 'reacted_at', '{}') || jsonb_build_object(
        v_who, p_item ->> 'occurred_at'
      )
    ),
    updated_at = clock_timestamp()
  where messages.id = p_message.id;
end;
$$;

comment on function private.apply_reaction is
'Keeps who reacted to a message how ({reactions: {who: emoji}}) and when; no emoji takes it back,
and what comes late or twice changes nothing.';
revoke all on function private.apply_reaction from public;
grant execute on function private.apply_reaction to service_role;

-- sql/pipeline/apply_revoke.sql
create or replace function private.apply_revoke(p_message public.messages)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.messages
  set
    content = '',
    media_url = null,
    metadata = private.without_words(messages.metadata),
    deleted_at = clock_timestamp(),
    updated_at = clock_timestamp()
  where messages.id = p_message.id and messages.deleted_at is null;
  update public.conversations
  set last_message = format('[%s]', p_message.message_type)
  where conversations.id = p_message.conversation_id
    and conversations.last_seq = p_message.seq
    and p_message.content <> '';

  if p_message.metadata ? 'media' then
    delete from private.media_files where media_files.message_id = p_message.id;
    perform private.remove_files(
      array[format('%s/customer/%s-', p_message.conversation_id, p_message.id)]
    );
  end if;
  perform private.drop_empty_turn(p_message.conversation_id);
end;
$$;

comment on function private.apply_revoke is
'The customer took a message back: its words and media go, its place in the order stays. A
turn that asked nothing else is over.';
revoke all on function private.apply_revoke from public;
grant execute on function private.apply_revoke to service_role;

-- sql/pipeline/as_it_waits.sql
create or replace function private.as_it_waits(p_line jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_waits boolean := exists (
    select 1
    from private.unread_mail
    where unread_mail.inbound_id = (p_line ->> 'inbound_id')::bigint
      and unread_mail.state <> 'dead'
  );
begin
  return p_line || jsonb_build_object(
    'reads_again', v_waits,
    'becomes', case when v_waits then '"waiting"' else p_line -> 'becomes' end
  );
end;
$$;

comment on function private.as_it_waits is
'A replay''s report on a request; of a mail only that it is read again, as what it says is known
once a worker has done so.';
revoke all on function private.as_it_waits from public;
grant execute on function private.as_it_waits to service_role;

-- sql/pipeline/ask_for_replay.sql
create or replace function private.ask_for_replay(p_from timestamptz, p_to timestamptz)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into private.replay_requests (inbound_id)
  select inbound_events.id
  from private.inbound_events
  where inbound_events.received_at >= p_from
    and inbound_events.received_at < p_to
    and (inbound_events.state = 'failed' or private.open_faults(inbound_events.id) > 0)
  order by inbound_events.id
  on conflict (inbound_id) do update
    set
      requested_at = clock_timestamp(), attempts = 0, lease_until = null, report = null,
      finished_at = null;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.ask_for_replay is
'Has a worker parse anew what of a window could not be stored whole; returns how many requests.';
revoke all on function private.ask_for_replay from public;
grant execute on function private.ask_for_replay to service_role;

-- sql/pipeline/before_replay.sql
create or replace function private.before_replay(p_items private.inbound_item[], p_ids bigint[])
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return private.stored_of(p_items) || jsonb_build_object(
    'states', (
      select jsonb_object_agg(inbound_events.id, inbound_events.state)
      from private.inbound_events
      where inbound_events.id = any (p_ids)
    ),
    'rejected', (
      select coalesce(jsonb_object_agg(open.inbound_id, open.count), '{}')
      from (
        select rejected_items.inbound_id, count(*) as count
        from private.rejected_items
        where rejected_items.inbound_id = any (p_ids) and rejected_items.resolved_at is null
        group by rejected_items.inbound_id
      ) as open
    )
  );
end;
$$;

comment on function private.before_replay is
'What there is of requests before their replay: state, what is stored, what was rejected.';
revoke all on function private.before_replay from public;
grant execute on function private.before_replay to service_role;

-- sql/pipeline/blank_broadcasts.sql
-- Realtime keeps what was broadcast for three days; it may be emptied, not deleted.
create or replace function private.blank_broadcasts(p_conversation_ids uuid[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update realtime.messages
  set payload = '{}'
  where messages.payload is distinct from '{}'
    and exists (
      select 1
      from unnest(p_conversation_ids) as erased (id)
      where messages.topic = 'conversation:' || erased.id
        or position(erased.id::text in messages.payload::text) > 0
    );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.blank_broadcasts is
'Empties what Realtime still keeps of these conversations; returns how many broadcasts.';
revoke all on function private.blank_broadcasts from public;
grant execute on function private.blank_broadcasts to service_role;

-- sql/pipeline/blank_messages.sql
create or replace function private.blank_messages(p_conversation_ids uuid[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update public.conversations
  set
    customer_name = null, user_name = null, user_email = null, customer_phone = null,
    last_message = null, tags = '{}', intent = null, sentiment = null,
    handed_over_reason = null, subject = null, thread = conversations.id::text,
    status = 'resolved', resolved_at = clock_timestamp()
  where conversations.id = any (p_conversation_ids);

  update public.messages
  set
    content = '', media_url = null, metadata = '{}', external_message_id = null,
    intent_detected = null, knowledge_sources = '[]',
    deleted_at = coalesce(messages.deleted_at, clock_timestamp())
  where messages.conversation_id = any (p_conversation_ids);
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.blank_messages is
'Takes the words out of conversations and keeps their shape; returns how many messages.';
revoke all on function private.blank_messages from public;
grant execute on function private.blank_messages to service_role;

-- sql/pipeline/blank_raw.sql
-- In lower case, as people write addresses as they like.
-- A value counts only as a whole: a phone number within a longer one is somebody else.
create or replace function private.blank_raw(p_values text[], p_inbound_ids bigint[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  delete from private.inbound_events
  where inbound_events.id = any (p_inbound_ids)
    or exists (
      select 1
      from (
        select lower(encode(inbound_events.body, 'escape'))
        offset 0
      ) as kept (body)
      cross join lateral (
        select lower(encode(convert_to(values_of.value, 'UTF8'), 'escape'))
        from unnest(p_values) as values_of (value)
      ) as named (value)
      where position(named.value in kept.body) > 0 and private.names(kept.body, named.value)
    );
  get diagnostics v_count = row_count;

  delete from private.rejected_items
  where rejected_items.inbound_id = any (p_inbound_ids)
    or exists (
      select 1
      from unnest(p_values) as named (value)
      where private.names(lower(rejected_items.item::text), lower(named.value))
    );

  delete from private.receipts
  where receipts.external_id = any (p_values);
  return v_count;
end;
$$;

comment on function private.blank_raw is
'Removes the kept requests with these ids, and all requests, rejected items and receipts that name
any of these values; returns how many requests. A request may hold other customers too: their
messages stay, only its bytes go.';
revoke all on function private.blank_raw from public;
grant execute on function private.blank_raw to service_role;

-- sql/pipeline/blank_traces.sql
create or replace function private.blank_traces(p_conversation_ids uuid[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update public.ai_runs
  set question = null, reply = null, reason = null, error = null, sources = '[]'
  where ai_runs.conversation_id = any (p_conversation_ids);
  get diagnostics v_count = row_count;

  update public.csat_responses
  set comment = null
  where csat_responses.conversation_id = any (p_conversation_ids);

  update public.realtime_metrics
  set metadata = realtime_metrics.metadata - 'reason'
  where realtime_metrics.conversation_id = any (p_conversation_ids);

  update private.reply_jobs
  set reason = null
  where reply_jobs.conversation_id = any (p_conversation_ids);

  delete from private.receipts
  where receipts.delivery_id in (
    select deliveries.id
    from private.deliveries
    where deliveries.conversation_id = any (p_conversation_ids)
  );

  update private.deliveries
  set
    external_id = null, error = null, error_code = null, address = null,
    content = left(deliveries.content, 0)
  where deliveries.conversation_id = any (p_conversation_ids);
  return v_count;
end;
$$;

comment on function private.blank_traces is
'Takes what was said out of the records beside the messages: model runs, ratings, measurements,
deliveries; returns how many model runs.';
revoke all on function private.blank_traces from public;
grant execute on function private.blank_traces to service_role;

-- sql/pipeline/brought.sql
create or replace function private.brought(p_item private.inbound_item)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.messages
    where messages.channel_id = p_item.channel_id
      and messages.external_message_id = p_item.item ->> 'external_id'
      and messages.inbound_id = p_item.inbound_id
  );
end;
$$;

comment on function private.brought is
'Whether a message came with this request, and not long ago with another.';
revoke all on function private.brought from public;
grant execute on function private.brought to service_role;

-- sql/pipeline/bury_mail.sql
create or replace function private.bury_mail(p_inbound_id bigint, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.unread_mail
  set state = 'dead', worker = null, lease_until = null, error = left(p_reason, 1000)
  where unread_mail.inbound_id = p_inbound_id;
  perform private.settle_requests(array[p_inbound_id], array[p_reason]);
  perform private.finish_mail(p_inbound_id);
end;
$$;

comment on function private.bury_mail is
'Gives a mail up that no try could read: its request is a dead letter, its bytes stay (I9, I10).';
revoke all on function private.bury_mail from public;
grant execute on function private.bury_mail to service_role;

-- sql/pipeline/changes_between.sql
create or replace function private.changes_between(
  p_kind text,
  p_before jsonb,
  p_after jsonb,
  p_inbound_id bigint
)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'id', found.id,
        'from', p_before -> p_kind -> found.id,
        'to', found.value
      )
      order by found.id
    ), '[]')
    from jsonb_each(p_after -> p_kind) as found (id, value)
    where found.value -> 'inbound_id' = to_jsonb(p_inbound_id)
      and (found.value - 'inbound_id')
        is distinct from (p_before -> p_kind -> found.id) - 'inbound_id'
  );
end;
$$;

comment on function private.changes_between is
'What of a kind (messages, deliveries) a request made new (from is null) or changed:
[{id, from, to}].';
revoke all on function private.changes_between from public;
grant execute on function private.changes_between to service_role;

-- sql/pipeline/claim_mail.sql
-- A mail that took its reader down three times, whoever that was, would take down the next one.
create or replace function private.claim_mail(p_worker text, p_limit integer)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.bury_mail(unread_mail.inbound_id, 'its reader went away, three times')
  from private.unread_mail
  where unread_mail.attempts >= 3 and private.mail_is_abandoned(unread_mail);

  return query
  with due as materialized (
    select unread_mail.inbound_id
    from private.unread_mail
    where unread_mail.state <> 'dead'
      and unread_mail.next_attempt_at <= statement_timestamp()
      and (unread_mail.state = 'waiting' or private.mail_is_abandoned(unread_mail))
    order by unread_mail.next_attempt_at
    limit p_limit
    for no key update skip locked
  ),

  claimed as (
    update private.unread_mail
    set
      state = 'reading', worker = p_worker, attempts = unread_mail.attempts + 1,
      lease_until = clock_timestamp() + interval '60 seconds'
    from due
    where unread_mail.inbound_id = due.inbound_id
    returning unread_mail.*
  )

  select jsonb_build_object(
    'inbound_id', claimed.inbound_id,
    'attempt', claimed.attempts,
    'account', channels.account,
    'headers', inbound_events.headers,
    'size', length(inbound_events.body)
  )
  from claimed
  join private.inbound_events on inbound_events.id = claimed.inbound_id
  join public.channels on channels.id = claimed.channel_id;
end;
$$;

comment on function private.claim_mail is
'Leases unread mails to a worker for a minute, oldest first: {inbound_id, attempt, account, headers,
size}; their bytes are read by mail_bytes. An expired lease, or a dead worker''s, is taken again.';
revoke all on function private.claim_mail from public;
grant execute on function private.claim_mail to service_role;

-- sql/pipeline/claim_mailboxes.sql
create or replace function private.claim_mailboxes(p_worker text, p_accounts text[])
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into private.mailboxes (channel_id)
  select channel_ids.id
  from unnest(private.channels_of('{email}', p_accounts)) as channel_ids (id)
  on conflict (channel_id) do nothing;

  return query
  with free as materialized (
    select mailboxes.channel_id
    from private.mailboxes
    where mailboxes.channel_id = any (private.channels_of('{email}', p_accounts))
      and (
        mailboxes.worker is null
        or mailboxes.lease_until < statement_timestamp()
        or not private.worker_lives(mailboxes.worker)
      )
    order by mailboxes.channel_id
    for no key update skip locked
  ),

  claimed as (
    update private.mailboxes
    set worker = p_worker, lease_until = clock_timestamp() + interval '30 seconds'
    from free
    where mailboxes.channel_id = free.channel_id
    returning mailboxes.*
  )

  select jsonb_build_object('channel_id', claimed.channel_id, 'account', channels.account)
  from claimed
  join public.channels on channels.id = claimed.channel_id;
end;
$$;

comment on function private.claim_mailboxes is
'Leases those mailboxes to a worker for 30 s that no living worker reads: {channel_id, account}.';
revoke all on function private.claim_mailboxes from public;
grant execute on function private.claim_mailboxes to service_role;

-- sql/pipeline/claim_replays.sql
create or replace function private.claim_replays(p_channel_types text[], p_limit integer default 10)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return query
  with due as materialized (
    select replay_requests.inbound_id
    from private.replay_requests
    join private.inbound_events on inbound_events.id = replay_requests.inbound_id
    where replay_requests.finished_at is null
      and replay_requests.attempts < 5
      and coalesce(replay_requests.lease_until, '-infinity') < statement_timestamp()
      and inbound_events.channel_type = any (p_channel_types)
      and not exists (
        select 1
        from private.unread_mail
        where unread_mail.inbound_id = replay_requests.inbound_id
          and unread_mail.state <> 'dead'
      )
    order by replay_requests.requested_at, replay_requests.inbound_id
    limit p_limit
    for no key update of replay_requests skip locked
  ),

  claimed as (
    update private.replay_requests
    set
      attempts = replay_requests.attempts + 1,
      lease_until = clock_timestamp() + interval '1 minute'
    from due
    where replay_requests.inbound_id = due.inbound_id
    returning replay_requests.inbound_id
  )

  select private.inbound_for_replay(
    p_ids => coalesce(array_agg(claimed.inbound_id), '{}'), p_limit => p_limit
  )
  from claimed;
end;
$$;

comment on function private.claim_replays is
'Leases requests that are to be parsed anew to a worker for a minute, five times at most; each as
inbound_for_replay gives it.';
revoke all on function private.claim_replays from public;
grant execute on function private.claim_replays to service_role;

-- sql/pipeline/continued_by.sql
-- A conversation keeps to its channel: ids of mails are unique there, and so are receipts.
create or replace function private.continued_by(
  p_named uuid[],
  p_customer_id uuid,
  p_channel_id uuid,
  p_item jsonb
)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select conversations.id
    from unnest(p_named) with ordinality as named (id, place)
    join public.conversations on conversations.id = named.id
    where conversations.channel_id <> p_channel_id
      and not private.is_doubtful(p_item)
      and (
        conversations.customer_id = p_customer_id
        or conversations.channel_type = 'website'
        and p_item #>> '{metadata,authentication,trusted}' = 'true'
        and private.consented_email(conversations.customer_id)
        = p_item #>> '{identities,0,value}'
      )
    order by named.place
    limit 1
  );
end;
$$;

comment on function private.continued_by is
'The conversation on another channel that a mail goes on with: it names it, and is from its customer
or proven to be from the address that the visitor left; null for none (R37).';
revoke all on function private.continued_by from public;
grant execute on function private.continued_by to service_role;

-- sql/pipeline/conversations_named.sql
create or replace function private.conversations_named(p_channel_id uuid, p_references jsonb)
returns text[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_reference text;
  v_conversation_id uuid;
  v_found text[] := '{}';
begin
  if jsonb_typeof(p_references) is distinct from 'array' then
    return v_found;
  end if;

  -- One look-up each, so that every plan goes by the whole key, however young the statistics.
  for v_reference in
    select named.id
    from jsonb_array_elements_text(p_references) with ordinality as named (id, place)
    order by named.place
    limit 50
  loop
    select messages.conversation_id into v_conversation_id
    from public.messages
    where messages.channel_id = p_channel_id and messages.external_message_id = v_reference;

    if not found then
      select deliveries.conversation_id into v_conversation_id
      from private.deliveries
      where deliveries.channel_id = p_channel_id and deliveries.external_id = v_reference;
    end if;
    if v_conversation_id is not null then
      v_found := v_found || v_conversation_id::text;
    end if;
  end loop;
  return v_found;
end;
$$;

comment on function private.conversations_named is
'The conversations of the mails with these Message-IDs, received or sent, in their order.';
revoke all on function private.conversations_named from public;
grant execute on function private.conversations_named to service_role;

-- sql/pipeline/erase.sql
-- Security definer: erasure reaches queues and raw requests that no admin may read.
create or replace function private.erase(p_customer_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_conversation_ids uuid[];
  v_receipt jsonb;
begin
  perform private.require_admin();
  v_conversation_ids := private.seize_conversations(p_customer_id);

  v_receipt := jsonb_build_object(
    'customer', encode(sha256(convert_to(p_customer_id::text, 'UTF8')), 'hex'),
    'requests', private.blank_raw(
      private.personal_values(p_customer_id), private.requests_of(v_conversation_ids)
    ),
    'broadcasts', private.blank_broadcasts(v_conversation_ids),
    'files', private.remove_files(
      array(select unnest(v_conversation_ids) || '/')
    ),
    'conversations', cardinality(v_conversation_ids),
    'erased_at', clock_timestamp()
  );

  perform private.forget_visits(p_customer_id);
  delete from public.conversations where conversations.customer_id = p_customer_id;
  delete from public.customer_profiles where customer_profiles.id = p_customer_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('customer %s not found', p_customer_id);
  end if;

  perform private.audit('erase', 'customer', v_receipt ->> 'customer', v_receipt - 'customer');
  return v_receipt;
end;
$$;

comment on function private.erase is
'Erases a customer for an admin or the service; the audit log keeps a hash of the id only.';
revoke all on function private.erase from public;
grant execute on function private.erase to authenticated, service_role;

-- sql/pipeline/erase_customer.sql
create or replace function public.erase_customer(p_customer_id uuid)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_admin();
  return private.erase(p_customer_id);
end;
$$;

comment on function public.erase_customer is
'Removes a customer with everything they said and every raw request that names them (R82, U13).
Returns a receipt: how many rows went where. PT403, PT404.';
revoke all on function public.erase_customer from public, anon, authenticated, service_role;
grant execute on function public.erase_customer to authenticated, service_role;

-- sql/pipeline/find_senders.sql
create or replace function private.find_senders(p_items private.inbound_item[])
returns private.inbound_message[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return array(
    select row(fresh.*)::private.inbound_message
    from (
      select distinct on (items.channel_id, items.item ->> 'external_id')
        items.inbound_id, items.place, items.channel_id,
        items.item ->> 'external_id' as external_id, known.customer_ids[1] as customer_id,
        conversations.id as conversation_id,
        known.has_new_names or known.customer_ids[1] <> any (known.customer_ids) or (
          items.item ->> 'customer_name' is not null
          and coalesce(conversations.customer_name, conversations.customer_phone, '')
          = coalesce(conversations.customer_phone, '')
        ) as has_new_names, items.item
      from unnest(p_items) as items
      cross join lateral (
        select
          array_agg(customer_identities.customer_id order by named.place)
          filter (where customer_identities.customer_id is not null) as customer_ids,
          bool_or(customer_identities.customer_id is null) as has_new_names
        from jsonb_array_elements(items.item -> 'identities') with ordinality as named (item, place)
        left join public.customer_identities
          on customer_identities.channel_id = items.channel_id
          and customer_identities.kind = named.item ->> 'kind'
          and customer_identities.value = named.item ->> 'value'
      ) as known
      left join public.conversations
        on conversations.customer_id = known.customer_ids[1]
        and conversations.channel_id = items.channel_id
        and conversations.thread = ''
        and conversations.status <> 'resolved'
        and items.item ->> 'thread' is null
      where items.item ->> 'kind' = 'message' and not exists (
        select 1
        from public.messages
        where messages.channel_id = items.channel_id
          and messages.external_message_id = items.item ->> 'external_id'
      )
      order by items.channel_id, items.item ->> 'external_id', items.place
    ) as fresh
    order by fresh.place
  );
end;
$$;

comment on function private.find_senders is
'The messages of a batch that are not stored yet, once each, with the customer and the open
conversation where they are known already, and whether the customer comes with a new name. Which
conversation a mail belongs to is found later.';
revoke all on function private.find_senders from public;
grant execute on function private.find_senders to service_role;

-- sql/pipeline/finish_mail.sql
create or replace function private.finish_mail(p_inbound_id bigint)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.replay_requests
  set
    finished_at = clock_timestamp(),
    report = jsonb_build_object(
      'inbound_id', inbound_events.id,
      'becomes', inbound_events.state,
      'error', inbound_events.error,
      'reads_again', false
    )
  from private.inbound_events
  where replay_requests.inbound_id = p_inbound_id
    and replay_requests.finished_at is null
    and inbound_events.id = p_inbound_id;
end;
$$;

comment on function private.finish_mail is
'Ends the replay of a mail once that is read or given up.';
revoke all on function private.finish_mail from public;
grant execute on function private.finish_mail to service_role;

-- sql/pipeline/finish_replays.sql
create or replace function private.finish_replays(p_report jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.replay_requests
  set report = reports.line, finished_at = clock_timestamp()
  from jsonb_array_elements(p_report) as reports (line)
  where replay_requests.inbound_id = (reports.line -> 'inbound_id')::bigint
    and reports.line -> 'reads_again' is distinct from 'true'
    and replay_requests.finished_at is null;
end;
$$;

comment on function private.finish_replays is
'Keeps what replays changed with the requests that were to be replayed; the replay of a mail ends
once that was read (finish_mail).';
revoke all on function private.finish_replays from public;
grant execute on function private.finish_replays to service_role;

-- sql/pipeline/give_up_answer.sql
create or replace function private.give_up_answer(p_delivery private.deliveries, p_class text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_owned boolean;
  v_told boolean;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_delivery.conversation_id;

  v_owned := v_conversation.ai_mode = 'auto';
  v_told := private.takes_notice(p_delivery, v_conversation, p_class) or exists (
    select 1
    from private.reply_jobs
    where reply_jobs.conversation_id = v_conversation.id
      and reply_jobs.state in ('waiting', 'running')
  );
  perform private.hand_over_silently(v_conversation);

  insert into public.messages (
    conversation_id, sender_type, message_type, is_private, content, metadata
  )
  values (
    v_conversation.id, 'system', case when v_told then 'text' else 'event' end, not v_told,
    case when v_told then private.failure_text(v_conversation.language) else '' end,
    jsonb_build_object(
      'event', case when v_owned and v_told then 'handed_over' else 'delivery_failed' end,
      'reason', 'delivery_failed',
      'message_id', p_delivery.message_id,
      'code', p_delivery.error_code,
      'class', p_class
    )
  );
end;
$$;

comment on function private.give_up_answer is
'People get the conversation of an answer that could not be delivered. The customer is told where
the platform would take another text, or where they wait for the next answer; agents always.';
revoke all on function private.give_up_answer from public;
grant execute on function private.give_up_answer to service_role;

-- sql/pipeline/give_up_parked.sql
create or replace function private.give_up_parked()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update private.rejected_items
  set is_parked = false
  where rejected_items.is_parked
    and rejected_items.resolved_at is null
    and rejected_items.created_at < statement_timestamp() - interval '10 minutes';
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.give_up_parked is
'What waited ten minutes for its message becomes a dead letter that people see.';
revoke all on function private.give_up_parked from public;
grant execute on function private.give_up_parked to service_role;

-- sql/pipeline/hand_over_silently.sql
create or replace function private.hand_over_silently(p_conversation public.conversations)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_stays boolean := p_conversation.status = 'resolved' and exists (
    select 1
    from public.conversations
    where conversations.customer_id = p_conversation.customer_id
      and conversations.channel_id = p_conversation.channel_id
      and conversations.status <> 'resolved'
  );
begin
  update public.conversations
  set
    ai_mode = 'human',
    epoch = conversations.epoch + 1,
    context_seq = conversations.last_seq,
    status = case when v_stays then conversations.status else 'open' end,
    resolved_at = case when v_stays then conversations.resolved_at end,
    handed_over_at = clock_timestamp(),
    handed_over_reason = 'delivery_failed'
  where conversations.id = p_conversation.id
    and (conversations.ai_mode = 'auto' or conversations.status = 'resolved');
end;
$$;

comment on function private.hand_over_silently is
'Gives a locked conversation to people, and opens it again unless the customer has a newer one.';
revoke all on function private.hand_over_silently from public;
grant execute on function private.hand_over_silently to service_role;

-- sql/pipeline/handle_new_message.sql
-- The table of contents: everything that follows from new messages, in order.
-- Security definer: whoever may write a message need not be allowed what follows from it.
-- Per statement, so that a batch of a hundred messages costs one call of each step; its plans are
-- kept as those of ingest_events are.
create or replace function public.handle_new_message()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_material = off
as $$
declare
  v_messages public.messages[];
  v_replies integer;
  v_turns integer := 0;
  v_sends integer := 0;
  v_files integer;
begin
  select
    array_agg(new_messages order by new_messages.conversation_id, new_messages.seq),
    count(*) filter (where new_messages.sender_type <> 'customer'),
    count(*) filter (where new_messages.metadata ? 'media')
  into v_messages, v_replies, v_files
  from new_messages;

  if v_messages is null then
    return null;
  end if;

  perform private.announce_messages(v_messages);
  if v_replies > 0 then
    perform private.close_reply_jobs(v_messages);
    v_sends := private.enqueue_deliveries(v_messages);
    perform private.await_visitors(v_messages);
  end if;
  if v_replies < cardinality(v_messages) then
    v_turns := private.open_reply_jobs(v_messages);
    perform private.route_conversations(v_messages);
  end if;
  perform private.ring_worker(
    v_turns, v_sends, case when v_files > 0 then private.queue_media(v_messages) else 0 end
  );

  perform public.update_conversation_metrics(messages)
  from unnest(v_messages) as messages
  where messages.sender_type <> 'customer';
  return null;
end;
$$;

comment on function public.handle_new_message is
'Trigger: shows new messages, ends or opens the AI''s turn, routes conversations, queues deliveries
and files, rings the worker, measures replies.';
revoke all on function public.handle_new_message from public, anon, authenticated, service_role;

create trigger handle_new_message after insert on public.messages
referencing new table as new_messages
for each statement execute function public.handle_new_message();

-- sql/pipeline/inbound_for_replay.sql
create or replace function private.inbound_for_replay(
  p_from timestamptz default null,
  p_to timestamptz default null,
  p_ids bigint[] default null,
  p_limit integer default 100,
  p_state text default null,
  p_after bigint default 0
)
returns setof jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'id', inbound_events.id,
    'channel_type', inbound_events.channel_type,
    'body', encode(inbound_events.body, 'base64'),
    'headers', inbound_events.headers,
    'state', inbound_events.state
  )
  from private.inbound_events
  where inbound_events.id > p_after
    and (p_ids is null or inbound_events.id = any (p_ids))
    and (p_state is null or inbound_events.state = p_state)
    and inbound_events.received_at >= coalesce(p_from, '-infinity')
    and inbound_events.received_at < coalesce(p_to, 'infinity')
  order by inbound_events.id
  limit p_limit;
$$;

comment on function private.inbound_for_replay is
'Kept requests by time, id or state, oldest first, with their bytes in base64, to be parsed anew
(U1). The next page begins after the last id of this one: p_after.';
revoke all on function private.inbound_for_replay from public;
grant execute on function private.inbound_for_replay to service_role;

-- sql/pipeline/inbound_metadata.sql
create or replace function private.inbound_metadata(p_item jsonb)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(
    case when jsonb_typeof(p_item -> 'metadata') = 'object' then p_item -> 'metadata' else '{}' end
    || jsonb_build_object(
      'occurred_at', p_item -> 'occurred_at',
      'media', nullif(p_item -> 'media', '[]'),
      'reply_to', p_item -> 'reply_to',
      'echo', case when p_item ->> 'sender' = 'agent' then true end,
      'truncated', case when length(p_item ->> 'content') > 100000 then true end
    )
  );
end;
$$;

comment on function private.inbound_metadata is
'What the platform said of a message beside its text: its own time, media, quoted message.';
revoke all on function private.inbound_metadata from public;
grant execute on function private.inbound_metadata to service_role;

-- sql/pipeline/ingest_changes.sql
create or replace function private.ingest_changes(
  p_channel_type text,
  p_items private.inbound_item[]
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item private.inbound_item;
begin
  for v_item in
    select items.*
    from unnest(p_items) as items
    where items.item ->> 'kind' in ('reaction', 'edit', 'revoke')
    order by items.place
  loop
    if not private.apply_change(v_item.channel_id, v_item.item) then
      insert into private.rejected_items (
        inbound_id, channel_type, channel_id, item, target_id, reason, is_parked
      )
      values (
        v_item.inbound_id, p_channel_type, v_item.channel_id, v_item.item,
        v_item.item ->> 'target_id', 'the message it is about has not come', true
      );
    end if;
  end loop;
end;
$$;

comment on function private.ingest_changes is
'Applies reactions, edits and revokes; one whose message has not come yet is parked.';
revoke all on function private.ingest_changes from public;
grant execute on function private.ingest_changes to service_role;

-- sql/pipeline/ingest_events.sql
-- The one way in. A batch is one transaction: all of it is stored, or the platform sends it again.
-- Plans are kept and go by index: for a list of one Postgres would plan every statement anew at
-- every call, which takes longer than running it, and a table that is still small it would read
-- whole.
create or replace function private.ingest_events(
  p_channel_type text,
  p_bodies bytea[],
  p_headers jsonb,
  p_events jsonb,
  p_errors text[],
  p_inbound_ids bigint[] default null
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_material = off
as $$
declare
  v_ids bigint[] := case
    when p_inbound_ids is null
      then private.keep_requests(p_channel_type, p_bodies, p_headers, p_errors)
    else private.settle_requests(p_inbound_ids, p_errors)
  end;
  v_items private.inbound_item[] := private.read_items(p_channel_type, v_ids, p_events);
  v_rejected integer := private.reject_items(p_channel_type, v_items);
  v_kinds jsonb := jsonb_path_query_array(p_events, '$[*][*].kind');
begin
  if v_rejected > 0 then
    select
      coalesce(array_agg(items order by items.place), '{}'),
      coalesce(jsonb_agg(items.item -> 'kind'), '[]')
    into v_items, v_kinds
    from unnest(v_items) as items
    where private.item_fault(items) is null;
  end if;

  return jsonb_build_object('inbound_ids', to_jsonb(v_ids), 'rejected', v_rejected)
    || private.store_items(p_channel_type, v_items, v_kinds);
end;
$$;

comment on function private.ingest_events is
'Takes n authentic requests at once: keeps their bytes, stores what they say, drops duplicates.
p_headers and p_events hold an object and a list of events per request (romashka/channels/base.py),
p_errors why a request could not be parsed. p_inbound_ids replays kept requests instead.
Returns {inbound_ids, messages, duplicates, receipts, rejected}.';
revoke all on function private.ingest_events from public;
grant execute on function private.ingest_events to service_role;

-- sql/pipeline/ingest_identity_changes.sql
create or replace function private.ingest_identity_changes(p_items private.inbound_item[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item private.inbound_item;
begin
  for v_item in
    select items.*
    from unnest(p_items) as items
    where items.item ->> 'kind' = 'identity_change'
    order by items.place
  loop
    perform private.note_conflict(
      private.change_identity(v_item.channel_id, v_item.item -> 'old', v_item.item -> 'new'),
      v_item.channel_id, jsonb_build_array(v_item.item -> 'new')
    );
  end loop;
end;
$$;

comment on function private.ingest_identity_changes is
'Customers whose number or id the platform changed, before their messages are read;
one that somebody else has is noted and stays theirs.';
revoke all on function private.ingest_identity_changes from public;
grant execute on function private.ingest_identity_changes to service_role;

-- sql/pipeline/ingest_mail_news.sql
create or replace function private.ingest_mail_news(p_items private.inbound_item[], p_kinds jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_kinds ? 'mail' then
    perform private.queue_mail(p_items);
  end if;
  if p_kinds ? 'account_event' then
    perform private.note_complaints(p_items);
  end if;
end;
$$;

comment on function private.ingest_mail_news is
'What only e-mail brings: raw mails to be read, complaints about our own.';
revoke all on function private.ingest_mail_news from public;
grant execute on function private.ingest_mail_news to service_role;

-- sql/pipeline/ingest_messages.sql
-- Duplicates are looked for again under the conversations' locks: the same message arriving a
-- hundred times at once is stored once, and no seq is spent on the others.
create or replace function private.ingest_messages(
  p_items private.inbound_item[],
  p_targets uuid[] default '{}'
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_messages private.inbound_message[] := private.find_senders(p_items);
  v_count integer;
begin
  if cardinality(v_messages) = 0 then
    return 0;
  end if;

  v_messages := private.open_conversations(v_messages);
  perform 1
  from public.conversations
  where conversations.id in (
    select messages.conversation_id
    from unnest(v_messages) as messages
    union all
    select messages.conversation_id
    from public.messages
    where messages.id = any (p_targets)
  )
  order by conversations.id
  for no key update;

  perform private.settle_people(v_messages);
  v_count := private.insert_inbound(v_messages);
  perform private.unpark_items(v_messages);
  return v_count;
end;
$$;

comment on function private.ingest_messages is
'Stores the messages of a batch, each exactly once (I1); returns how many were new. The
conversations of p_targets, messages that the batch will change, are locked with the others.';
revoke all on function private.ingest_messages from public;
grant execute on function private.ingest_messages to service_role;

-- sql/pipeline/ingest_reachability.sql
-- A mail may lie about its sender: note_sender looks at that.
-- The last word of a batch counts, and a wrong one (an old request that is replayed) does not last:
-- the platform refuses the next send, or the customer writes. Identities are locked after all else.
create or replace function private.ingest_reachability(
  p_items private.inbound_item[],
  p_kinds jsonb
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not p_kinds ? 'reachability' and not exists (
    select 1
    from public.customer_identities
    where customer_identities.unreachable_since is not null
      and customer_identities.channel_id in (select items.channel_id from unnest(p_items) as items)
  ) then
    return;
  end if;

  perform private.set_reachable(heard.identity_id, heard.is_reachable)
  from (
    select distinct on (known.id)
      known.id as identity_id, known.was_reachable,
      items.item ->> 'kind' = 'message' or items.item -> 'is_reachable' = 'true' as is_reachable
    from unnest(p_items) as items
    cross join lateral jsonb_array_elements(items.item -> 'identities') as named (item)
    -- One look-up each, so that the plan goes by the whole key, however young the statistics.
    cross join lateral (
      select
        customer_identities.id, customer_identities.unreachable_since is null as was_reachable
      from public.customer_identities
      where customer_identities.channel_id = items.channel_id
        and customer_identities.kind = named.item ->> 'kind'
        and customer_identities.value = named.item ->> 'value'
      limit 1
    ) as known
    where items.item ->> 'kind' = 'reachability'
      or (
        items.item ->> 'kind' = 'message'
        and items.item ->> 'sender' is distinct from 'agent'
        and items.item ->> 'thread' is null
        and private.brought(items)
      )
    order by known.id, items.place desc
  ) as heard
  where heard.is_reachable <> heard.was_reachable;
end;
$$;

comment on function private.ingest_reachability is
'Customers who have stopped us from writing to them, and those who have come back: who writes can be
written to. p_kinds lists the kinds of the events.';
revoke all on function private.ingest_reachability from public;
grant execute on function private.ingest_reachability to service_role;

-- sql/pipeline/ingest_receipts.sql
create or replace function private.ingest_receipts(p_items private.inbound_item[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(sum(private.apply_receipts(reported.channel_id, reported.receipts)), 0)
    from (
      select items.channel_id, jsonb_agg(items.item order by items.place) as receipts
      from unnest(p_items) as items
      where items.item ->> 'kind' = 'receipt'
      group by items.channel_id
      order by items.channel_id
    ) as reported
  );
end;
$$;

comment on function private.ingest_receipts is
'Hands the receipts of a batch to the outbox, channel by channel; returns how many.';
revoke all on function private.ingest_receipts from public;
grant execute on function private.ingest_receipts to service_role;

-- sql/pipeline/ingest_watermarks.sql
create or replace function private.ingest_watermarks(p_items private.inbound_item[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(sum(private.apply_watermarks(reported.channel_id, reported.marks)), 0)
    from (
      select items.channel_id, jsonb_agg(items.item order by items.place) as marks
      from unnest(p_items) as items
      where items.item ->> 'kind' = 'watermark'
      group by items.channel_id
      order by items.channel_id
    ) as reported
  );
end;
$$;

comment on function private.ingest_watermarks is
'Hands the watermarks of a batch to the outbox, channel by channel; returns how many rose.';
revoke all on function private.ingest_watermarks from public;
grant execute on function private.ingest_watermarks to service_role;

-- sql/pipeline/insert_inbound.sql
create or replace function private.insert_inbound(p_messages private.inbound_message[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into public.messages (
    conversation_id, sender_type, sender_id, content, external_message_id, message_type,
    media_url, metadata, calls_for_answer, reply_to_id, delivery_status, inbound_id
  )
  select
    fresh.conversation_id,
    case when fresh.item ->> 'sender' = 'agent' then 'agent' else 'customer' end,
    case when fresh.item ->> 'sender' = 'agent' then null else fresh.customer_id end,
    left(coalesce(fresh.item ->> 'content', ''), 100000),
    fresh.external_id,
    left(coalesce(fresh.item ->> 'message_type', 'text'), 50),
    fresh.item #>> '{media,0,url}',
    private.inbound_metadata(fresh.item),
    fresh.item ->> 'sender' is distinct from 'agent'
      and coalesce(fresh.item -> 'calls_for_answer' <> 'false', true)
      and fresh.item #>> '{metadata,automatic}' is null,
    quoted.id,
    case when fresh.item ->> 'sender' = 'agent' then 'sent' else 'delivered' end,
    fresh.inbound_id
  from unnest(p_messages) as fresh
  left join public.messages as quoted
    on quoted.channel_id = fresh.channel_id
    and quoted.external_message_id = fresh.item ->> 'reply_to'
    and quoted.conversation_id = fresh.conversation_id
  where fresh.conversation_id is not null and not exists (
    select 1
    from public.messages as stored
    where stored.channel_id = fresh.channel_id and stored.external_message_id = fresh.external_id
  )
  order by fresh.conversation_id, fresh.item ->> 'occurred_at', fresh.place;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.insert_inbound is
'Inserts messages whose conversations are locked, in the platform''s order; returns how many. What
has found no conversation is left out.';
revoke all on function private.insert_inbound from public;
grant execute on function private.insert_inbound to service_role;

-- sql/pipeline/is_doubtful.sql
create or replace function private.is_doubtful(p_item jsonb)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_item #>> '{metadata,authentication,trusted}' is distinct from 'true' and coalesce(
    p_item #>> '{metadata,authentication,dmarc}',
    p_item #>> '{metadata,authentication,spf}',
    p_item #>> '{metadata,authentication,dkim}'
  ) is not null;
end;
$$;

comment on function private.is_doubtful is
'Whether our own servers looked at a mail and did not find its sender proven. Where none looks, no
mail is.';
revoke all on function private.is_doubtful from public;
grant execute on function private.is_doubtful to service_role;

-- sql/pipeline/is_forged.sql
create or replace function private.is_forged(p_item jsonb)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return coalesce(
    p_item #>> '{metadata,authentication,trusted}' = 'false'
      and p_item #>> '{metadata,authentication,dmarc}' = 'fail',
    false
  );
end;
$$;

comment on function private.is_forged is
'Whether the domain of a mail''s sender disowns it (DMARC, as our own servers found).';
revoke all on function private.is_forged from public;
grant execute on function private.is_forged to service_role;

-- sql/pipeline/is_newer.sql
create or replace function private.is_newer(p_moment text, p_known text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if not coalesce(pg_input_is_valid(p_moment, 'timestamptz'), false)
    or not coalesce(pg_input_is_valid(p_known, 'timestamptz'), false) then
    return true;
  end if;
  return p_moment::timestamptz > p_known::timestamptz;
end;
$$;

comment on function private.is_newer is
'Whether a platform''s moment comes after the one that is known; true where one of them is none.';
revoke all on function private.is_newer from public;
grant execute on function private.is_newer to service_role;

-- sql/pipeline/item_fault.sql
-- News of an account names the business, not one of its numbers: it needs no channel.
create or replace function private.item_fault(p_item private.inbound_item)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_item.item ->> 'kind' = 'unhandled'
      then coalesce(left(p_item.item ->> 'reason', 1000), 'not understood')
    when p_item.item ->> 'kind' = 'account_event' then null
    when p_item.channel_id is null
      then 'unknown account ' || coalesce(left(p_item.item ->> 'account', 100), 'null')
    when coalesce(p_item.item ->> 'kind', '') not in (
      'message', 'receipt', 'watermark', 'reaction', 'edit', 'revoke', 'identity_change',
      'reachability', 'mail'
    ) then 'unknown kind ' || coalesce(left(p_item.item ->> 'kind', 100), 'null')
    when p_item.item ->> 'kind' in ('message', 'receipt')
      and length(coalesce(p_item.item ->> 'external_id', '')) not between 1 and 512
      then 'no usable id'
    when p_item.item ->> 'kind' in ('message', 'watermark', 'reachability')
      and not private.identities_are_sound(p_item.item -> 'identities')
      then 'no usable identity'
    when p_item.item ->> 'kind' = 'identity_change' and not private.identities_are_sound(
      jsonb_build_array(p_item.item -> 'old', p_item.item -> 'new')
    ) then 'no usable identity'
    when p_item.item ->> 'kind' = 'receipt'
      and coalesce(p_item.item ->> 'status', '') not in ('sent', 'delivered', 'read', 'failed')
      then 'unknown status ' || coalesce(left(p_item.item ->> 'status', 100), 'null')
    when p_item.item ->> 'kind' = 'watermark'
      and coalesce(p_item.item ->> 'status', '') not in ('delivered', 'read')
      then 'unknown status ' || coalesce(left(p_item.item ->> 'status', 100), 'null')
    when p_item.item ->> 'kind' in ('reaction', 'edit', 'revoke')
      and length(coalesce(p_item.item ->> 'target_id', '')) not between 1 and 512
      then 'about no message'
  end;
end;
$$;

comment on function private.item_fault is
'Why an event cannot be taken, or null: one bad item must not take its neighbours down.';
revoke all on function private.item_fault from public;
grant execute on function private.item_fault to service_role;

-- sql/pipeline/keep_mailbox.sql
create or replace function private.keep_mailbox(p_channel_id uuid, p_worker text)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.mailboxes
  set lease_until = clock_timestamp() + interval '30 seconds'
  where mailboxes.channel_id = p_channel_id and mailboxes.worker = p_worker;
  return found;
end;
$$;

comment on function private.keep_mailbox is
'Renews the lease of a mailbox; false when another worker has it.';
revoke all on function private.keep_mailbox from public;
grant execute on function private.keep_mailbox to service_role;

-- sql/pipeline/keep_requests.sql
create or replace function private.keep_requests(
  p_channel_type text,
  p_bodies bytea[],
  p_headers jsonb,
  p_errors text[]
)
returns bigint[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_ids bigint[];
begin
  with kept as (
    insert into private.inbound_events (channel_type, body, headers, state, error)
    select
      p_channel_type,
      requests.body,
      coalesce(p_headers -> (requests.place - 1)::integer, '{}'),
      case when requests.error is null then 'done' else 'failed' end,
      left(requests.error, 2000)
    from unnest(p_bodies, p_errors) with ordinality as requests (body, error, place)
    order by requests.place
    returning inbound_events.id
  )

  select array_agg(kept.id order by kept.id) into v_ids
  from kept;
  return v_ids;
end;
$$;

comment on function private.keep_requests is
'Keeps the raw bytes of requests, in their order; returns their ids. One with an error is a dead
letter.';
revoke all on function private.keep_requests from public;
grant execute on function private.keep_requests to service_role;

-- sql/pipeline/kept_mail.sql
create or replace function private.kept_mail(p_inbound_id bigint)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'headers', inbound_events.headers, 'size', length(inbound_events.body)
  )
  from private.inbound_events
  where inbound_events.id = p_inbound_id;
$$;

comment on function private.kept_mail is
'How a kept mail came and how many bytes it has (mail_bytes gives them), for a part of it to be
taken out; null once its retention is over.';
revoke all on function private.kept_mail from public;
grant execute on function private.kept_mail to service_role;

-- sql/pipeline/leave_mailbox.sql
create or replace function private.leave_mailbox(p_channel_id uuid, p_worker text)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.mailboxes
  set worker = null, lease_until = null
  where mailboxes.channel_id = p_channel_id and mailboxes.worker = p_worker;
  return found;
end;
$$;

comment on function private.leave_mailbox is
'Gives a mailbox back, so that the next worker need not wait for the lease to end.';
revoke all on function private.leave_mailbox from public;
grant execute on function private.leave_mailbox to service_role;

-- sql/pipeline/like_thread.sql
create or replace function private.like_thread(
  p_named uuid[],
  p_customer_id uuid,
  p_channel_id uuid,
  p_item jsonb
)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
  v_subject text := lower(nullif(p_item #>> '{thread,subject}', ''));
  v_roots text[] := array[p_item ->> 'external_id', p_item #>> '{thread,references,-1}'];
begin
  select conversations.id into v_conversation_id
  from public.conversations
  where conversations.customer_id = p_customer_id
    and conversations.channel_id = p_channel_id
    and (
      conversations.thread = any (v_roots)
      or conversations.last_message_at > clock_timestamp() - interval '7 days' and (
        lower(conversations.subject) = v_subject or exists (
          select 1
          from public.messages
          where messages.conversation_id = conversations.id
            and messages.metadata ->> 'claimed_conversation' = any (p_named::text[])
        )
      )
    )
  order by conversations.thread = any (v_roots) desc, conversations.last_message_at desc
  limit 1;
  return v_conversation_id;
end;
$$;

comment on function private.like_thread is
'The customer''s conversation of a mail''s thread, else within a week of its subject, or one that
began by claiming the same as it does; null for none.';
revoke all on function private.like_thread from public;
grant execute on function private.like_thread to service_role;

-- sql/pipeline/lock_strangers.sql
create or replace function private.lock_strangers(p_messages private.inbound_message[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(keys.key)
  from (
    select distinct private.identity_key(messages.channel_id, named.item) as key
    from unnest(p_messages) as messages
    cross join lateral jsonb_array_elements(messages.item -> 'identities') as named (item)
    where (messages.conversation_id is null or messages.has_new_names) and not exists (
      select 1
      from public.customer_identities
      where customer_identities.channel_id = messages.channel_id
        and customer_identities.kind = named.item ->> 'kind'
        and customer_identities.value = named.item ->> 'value'
    )
    order by 1
  ) as keys;
end;
$$;

comment on function private.lock_strangers is
'Locks every identity of a batch that nobody has yet, in the order that lock_identities keeps.';
revoke all on function private.lock_strangers from public;
grant execute on function private.lock_strangers to service_role;

-- sql/pipeline/lock_targets.sql
-- One order for everybody: conversations, then deliveries, then messages, each by id. A receipt
-- goes from the delivery to its message; a change must not come the other way.
create or replace function private.lock_targets(
  p_items private.inbound_item[],
  p_message_ids uuid[]
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform 1
  from public.conversations
  where conversations.id in (
    select messages.conversation_id
    from public.messages
    where messages.id = any (p_message_ids)
  )
  order by conversations.id
  for no key update;

  perform 1
  from private.deliveries
  where deliveries.id in (
    select changed.id
    from private.deliveries as changed
    where changed.message_id = any (p_message_ids)
    union all
    select private.delivery_of(
      items.channel_id, items.item ->> 'external_id', items.item ->> 'tracker'
    )
    from unnest(p_items) as items
    where items.item ->> 'kind' = 'receipt'
  )
  order by deliveries.id
  for no key update;
end;
$$;

comment on function private.lock_targets is
'Locks what a batch''s reactions, edits and revokes will change, and its receipts with them.';
revoke all on function private.lock_targets from public;
grant execute on function private.lock_targets to service_role;

-- sql/pipeline/mail_bytes.sql
create or replace function private.mail_bytes(
  p_inbound_id bigint,
  p_from integer,
  p_length integer
)
returns bytea
language sql
stable
security invoker
set search_path = ''
as $$
  select substring(inbound_events.body from p_from + 1 for p_length)
  from private.inbound_events
  where inbound_events.id = p_inbound_id;
$$;

comment on function private.mail_bytes is
'Bytes of a kept request from a place on, counted from 0: a large mail is read in pieces, so that no
process holds it several times over.';
revoke all on function private.mail_bytes from public;
grant execute on function private.mail_bytes to service_role;

-- sql/pipeline/mail_is_abandoned.sql
create or replace function private.mail_is_abandoned(p_mail private.unread_mail)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_mail.state = 'reading' and (
    p_mail.lease_until < statement_timestamp() or not private.worker_lives(p_mail.worker)
  );
end;
$$;

comment on function private.mail_is_abandoned is
'Whether whoever claimed a mail has gone, or taken too long over it.';
revoke all on function private.mail_is_abandoned from public;
grant execute on function private.mail_is_abandoned to service_role;

-- sql/pipeline/mail_is_known.sql
create or replace function private.mail_is_known(
  p_channel_id uuid,
  p_raw bytea,
  p_message_id text
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.messages
    join private.inbound_events on inbound_events.id = messages.inbound_id
    where messages.channel_id = p_channel_id
      and messages.external_message_id = p_message_id
      and sha256(inbound_events.body) = sha256(p_raw)
  );
end;
$$;

comment on function private.mail_is_known is
'Whether exactly this mail is a message already: two mails may carry one Message-ID.';
revoke all on function private.mail_is_known from public;
grant execute on function private.mail_is_known to service_role;

-- sql/pipeline/mailbox_cursor.sql
create or replace function private.mailbox_cursor(p_channel_id uuid)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'uid_validity', mailboxes.uid_validity,
    'last_uid', mailboxes.last_uid,
    'seen_on', mailboxes.seen_at::date
  )
  from private.mailboxes
  where mailboxes.channel_id = p_channel_id;
$$;

comment on function private.mailbox_cursor is
'How far a mailbox has been read: {uid_validity, last_uid, seen_on}; no validity before the first.';
revoke all on function private.mailbox_cursor from public;
grant execute on function private.mailbox_cursor to service_role;

-- sql/pipeline/migration_version.sql
create or replace function private.migration_version()
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_version text;
begin
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    execute 'select max(version) from supabase_migrations.schema_migrations' into v_version;
  end if;
  return v_version;
end;
$$;

comment on function private.migration_version is
'The newest migration applied, or null where none is recorded.';
revoke all on function private.migration_version from public;
grant execute on function private.migration_version to service_role;

-- sql/pipeline/names.sql
create or replace function private.names(p_text text, p_value text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_text ~ (
    '(^|[^[:alnum:]])'
    || regexp_replace(p_value, '([][\\.*^$+?{}|()])', '\\\1', 'g')
    || '($|[^[:alnum:]])'
  );
end;
$$;

comment on function private.names is
'Whether a text holds a value as a whole, not within a longer word or number.';
revoke all on function private.names from public;
grant execute on function private.names to service_role;

-- sql/pipeline/note_complaints.sql
create or replace function private.note_complaints(p_items private.inbound_item[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.suppress_address(reported.delivery_id)
  from (
    select distinct
      private.delivery_of(items.channel_id, items.item #>> '{data,external_id}', null)
        as delivery_id
    from unnest(p_items) as items
    where items.channel_id is not null
      and items.item ->> 'kind' = 'account_event'
      and items.item ->> 'name' = 'complaint'
    order by 1
  ) as reported
  where reported.delivery_id is not null;
end;
$$;

comment on function private.note_complaints is
'After a complaint nothing more is sent to the address. It counts only with the Message-ID of a mail
of ours, which nobody else knows: a forged report silences nobody.';
revoke all on function private.note_complaints from public;
grant execute on function private.note_complaints to service_role;

-- sql/pipeline/note_sender.sql
create or replace function private.note_sender(p_channel_id uuid, p_item jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if private.is_doubtful(p_item) then
    return;
  end if;
  perform private.clear_unreachable_of(p_channel_id, p_item -> 'identities');

  update public.customer_identities
  set is_verified = true
  from jsonb_array_elements(p_item -> 'identities') as named (item)
  where p_item #>> '{metadata,authentication,trusted}' = 'true'
    and customer_identities.channel_id = p_channel_id
    and customer_identities.kind = named.item ->> 'kind'
    and customer_identities.value = named.item ->> 'value'
    and not customer_identities.is_verified;
end;
$$;

comment on function private.note_sender is
'Who writes a mail that is not doubtful can be reached at its address again, which is verified once
a mail of theirs was proven.';
revoke all on function private.note_sender from public;
grant execute on function private.note_sender to service_role;

-- sql/pipeline/open_conversations.sql
-- A customer's first message makes them; all others bring their conversation with them. Names that
-- are new are locked in one order, so that two batches with the same strangers cannot deadlock.
create or replace function private.open_conversations(p_messages private.inbound_message[])
returns private.inbound_message[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message private.inbound_message;
begin
  if not exists (
    select 1
    from unnest(p_messages) as messages
    where messages.conversation_id is null or messages.has_new_names
  ) then
    return p_messages;
  end if;

  perform private.lock_strangers(p_messages);
  for v_place in 1 .. cardinality(p_messages) loop
    v_message := p_messages[v_place];
    if v_message.item ->> 'thread' is not null then
      p_messages[v_place] := private.place_mail(v_message);
    elsif v_message.conversation_id is null then
      continue when v_message.item -> 'may_open' = 'false';
      v_message.customer_id := private.upsert_customer(
        v_message.channel_id, v_message.item -> 'identities',
        left(v_message.item ->> 'customer_name', 200), v_message.item ->> 'language'
      );
      v_message.conversation_id := private.open_conversation(
        v_message.customer_id, v_message.channel_id, v_message.item ->> 'language'
      );
      p_messages[v_place] := v_message;
    elsif v_message.has_new_names then
      perform private.add_identities(
        v_message.customer_id, v_message.channel_id, v_message.item -> 'identities'
      );
    end if;
  end loop;
  return p_messages;
end;
$$;

comment on function private.open_conversations is
'Completes messages with their customer and conversation, making both for a new customer. What may
not open a conversation and belongs to none stays without.';
revoke all on function private.open_conversations from public;
grant execute on function private.open_conversations to service_role;

-- sql/pipeline/open_faults.sql
create or replace function private.open_faults(p_inbound_id bigint)
returns bigint
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*)
    from private.rejected_items
    where rejected_items.inbound_id = p_inbound_id and rejected_items.resolved_at is null
  );
end;
$$;

comment on function private.open_faults is
'How many events of a request wait among the dead letters or parked.';
revoke all on function private.open_faults from public;
grant execute on function private.open_faults to service_role;

-- sql/pipeline/own_thread.sql
create or replace function private.own_thread(
  p_named uuid[],
  p_customer_id uuid,
  p_channel_id uuid,
  p_item jsonb
)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
  v_is_doubtful boolean := private.is_doubtful(p_item);
begin
  if p_customer_id is null or private.is_forged(p_item) then
    return null;
  end if;

  if v_is_doubtful then
    p_named := private.threads_of(
      p_channel_id, p_item #- '{thread,conversation}' #- '{thread,tag}'
    );
  end if;
  select conversations.id into v_conversation_id
  from unnest(p_named) with ordinality as named (id, place)
  join public.conversations on conversations.id = named.id
  where conversations.customer_id = p_customer_id
    and conversations.channel_id = p_channel_id
  order by named.place
  limit 1;

  if v_conversation_id is null and not v_is_doubtful then
    v_conversation_id := private.like_thread(p_named, p_customer_id, p_channel_id, p_item);
  end if;
  return v_conversation_id;
end;
$$;

comment on function private.own_thread is
'The conversation that a customer''s mail goes on with: the first of those it names that is theirs
in this mailbox, else one that is like it (like_thread); null for none. A doubtful mail goes on only
with what it answers: others may know a token or a subject.';
revoke all on function private.own_thread from public;
grant execute on function private.own_thread to service_role;

-- sql/pipeline/personal_values.sql
create or replace function private.personal_values(p_customer_id uuid)
returns text[]
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(array_agg(distinct named.value), '{}')
  from (
    select customer_identities.value
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
    union all
    select messages.external_message_id
    from public.messages
    join public.conversations on conversations.id = messages.conversation_id
    where conversations.customer_id = p_customer_id
    union all
    select deliveries.external_id
    from private.deliveries
    join public.conversations on conversations.id = deliveries.conversation_id
    where conversations.customer_id = p_customer_id and deliveries.channel_type = 'email'
    union all
    select email_consents.email
    from private.email_consents
    where email_consents.customer_id = p_customer_id
    union all
    select reached.value
    from public.customer_profiles
    cross join lateral (
      values (customer_profiles.email), (customer_profiles.phone)
    ) as reached (value)
    where customer_profiles.id = p_customer_id
  ) as named
  where length(named.value) >= 6;
$$;

comment on function private.personal_values is
'By what a customer can be found in requests that brought no message of theirs (receipts, bodies
that could not be read): identities, addresses, ids of messages and of mails. Short values would
find other people too.';
revoke all on function private.personal_values from public;
grant execute on function private.personal_values to service_role;

-- sql/pipeline/place_mail.sql
-- What answers a chat is a conversation of its own, which notes that one; the AI would not know
-- what was said there, so people have it at once.
-- What a stranger writes never joins a customer's conversation, whatever they have got hold of; and
-- a mail that its sender's domain disowns proves nothing by what it refers to.
create or replace function private.place_mail(p_message private.inbound_message)
returns private.inbound_message
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item jsonb := p_message.item;
  v_may_open boolean := v_item -> 'may_open' is distinct from 'false'
    and v_item #>> '{metadata,automatic}' is null;
  v_found uuid[] := private.threads_of(p_message.channel_id, v_item);
  v_own uuid := private.own_thread(v_found, p_message.customer_id, p_message.channel_id, v_item);
  v_continued uuid := private.continued_by(
    v_found, p_message.customer_id, p_message.channel_id, v_item
  );
begin
  p_message.item := private.with_thread(
    v_item, case when v_own is null then v_found end, v_continued
  );
  if v_own is null and not v_may_open then
    return p_message;
  end if;

  if v_own is null or p_message.has_new_names then
    p_message.customer_id := private.upsert_customer(
      p_message.channel_id, v_item -> 'identities', left(v_item ->> 'customer_name', 200),
      v_item ->> 'language', v_item @> '{"metadata": {"authentication": {"trusted": true}}}'
    );
  end if;
  p_message.conversation_id := coalesce(v_own, private.open_conversation(
    p_message.customer_id, p_message.channel_id, v_item ->> 'language',
    private.thread_root(p_message), v_item #>> '{thread,subject}'
  ));
  if v_own is null and v_continued is not null then
    perform private.hand_over_quietly(p_message.conversation_id, 'continues another conversation');
  end if;
  if v_may_open then
    perform private.note_sender(p_message.channel_id, v_item);
  end if;
  return p_message;
end;
$$;

comment on function private.place_mail is
'Completes a mail with its conversation: the one it answers where that is the sender''s own, else a
new one that notes which was claimed; null where it may not open one (R37).';
revoke all on function private.place_mail from public;
grant execute on function private.place_mail to service_role;

-- sql/pipeline/purge_expired.sql
create or replace function private.purge_expired(
  p_keep interval default '30 days',
  p_limit integer default 1000
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  delete from private.inbound_events
  where inbound_events.id in (
    select expired.id
    from private.inbound_events as expired
    where expired.received_at < statement_timestamp() - p_keep
    limit p_limit
  );
  get diagnostics v_count = row_count;

  delete from private.receipts
  where receipts.id in (
    select expired.id
    from private.receipts as expired
    where expired.delivery_id is null
      and expired.received_at < statement_timestamp() - p_keep
    limit p_limit
  );

  delete from private.channel_events
  where channel_events.id in (
    select expired.id
    from private.channel_events as expired
    where expired.created_at < statement_timestamp() - p_keep
    limit p_limit
  );

  delete from private.processes
  where processes.seen_at < statement_timestamp() - interval '1 day';
  return v_count;
end;
$$;

comment on function private.purge_expired is
'Ends the retention of raw requests, of receipts that never found their message and of what happened
to channels (30 days); at most p_limit a call, returns how many requests. Meta sends again for seven
days at most.';
revoke all on function private.purge_expired from public;
grant execute on function private.purge_expired to service_role;

-- sql/pipeline/queue_mail.sql
create or replace function private.queue_mail(p_items private.inbound_item[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into private.unread_mail (inbound_id, channel_id)
  select distinct on (items.inbound_id) items.inbound_id, items.channel_id
  from unnest(p_items) as items
  where items.item ->> 'kind' = 'mail'
  order by items.inbound_id
  on conflict (inbound_id) do update
    set
      state = 'waiting', attempts = 0, next_attempt_at = clock_timestamp(),
      worker = null, lease_until = null, error = null;
  perform private.broadcast(array['worker'], array['mail'], array['{}'::jsonb]);
end;
$$;

comment on function private.queue_mail is
'Queues the mails of a batch to be read by the worker, and rings it; a replay begins anew.';
revoke all on function private.queue_mail from public;
grant execute on function private.queue_mail to service_role;

-- sql/pipeline/queue_metrics.sql
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

-- sql/pipeline/read_items.sql
create or replace function private.read_items(
  p_channel_type text,
  p_inbound_ids bigint[],
  p_events jsonb
)
returns private.inbound_item[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(array_agg(
      row(numbered.inbound_id, numbered.place, numbered.channel_id, numbered.item)
        ::private.inbound_item
      order by numbered.place
    ), '{}')
    from (
      select
        p_inbound_ids[requests.place] as inbound_id,
        row_number() over (order by requests.place, events.place) as place,
        channels.id as channel_id,
        events.item
      from jsonb_array_elements(p_events) with ordinality as requests (events, place)
      cross join lateral jsonb_array_elements(
        case when jsonb_typeof(requests.events) = 'array' then requests.events else '[]' end
      ) with ordinality as events (item, place)
      left join public.channels
        on channels.type = p_channel_type and channels.account = events.item ->> 'account'
    ) as numbered
  );
end;
$$;

comment on function private.read_items is
'All events of n requests ([[event]]) as one numbered list, each with the channel of its account.';
revoke all on function private.read_items from public;
grant execute on function private.read_items to service_role;

-- sql/pipeline/read_otherwise.sql
create or replace function private.read_otherwise(
  p_items private.inbound_item[],
  p_inbound_id bigint
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'id', messages.id,
        'external_id', messages.external_message_id,
        'content', case when messages.content <> items.item ->> 'content'
          then items.item -> 'content' end,
        'message_type', case when messages.message_type <> items.item ->> 'message_type'
          then items.item -> 'message_type' end
      )
    ), '[]')
    from unnest(p_items) as items
    join public.messages
      on messages.channel_id = items.channel_id
      and messages.external_message_id = items.item ->> 'external_id'
    where items.inbound_id = p_inbound_id
      and items.item ->> 'kind' = 'message'
      and messages.edited_at is null
      and messages.deleted_at is null
      and (messages.content, messages.message_type) is distinct from (
        left(coalesce(items.item ->> 'content', ''), 100000),
        left(coalesce(items.item ->> 'message_type', 'text'), 50)
      )
  );
end;
$$;

comment on function private.read_otherwise is
'Stored messages that today''s parser reads otherwise, with what it reads; a replay leaves them.';
revoke all on function private.read_otherwise from public;
grant execute on function private.read_otherwise to service_role;

-- sql/pipeline/readiness.sql
create or replace function private.readiness()
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'migration', private.migration_version(),
    'workers', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', processes.name,
        'age_ms', private.milliseconds(clock_timestamp() - processes.seen_at),
        'state', processes.state
      ) order by processes.seen_at desc), '[]')
      from private.processes
      where processes.kind = 'worker'
        and processes.seen_at > clock_timestamp() - interval '1 minute'
    ),
    'queues', private.queue_metrics(),
    'dead_letters', (
      select count(*)
      from public.dead_letters
    ),
    'channels', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'type', channels.type,
        'account', channels.account,
        'status', channels.status,
        'status_reason', channels.status_reason,
        'last_in_at', channels.last_in_at,
        'last_out_at', channels.last_out_at,
        'last_error_at', channels.last_error_at,
        'token_state', channels.token_state
      ) order by channels.type, channels.account), '[]')
      from public.channels
      where channels.is_enabled
    )
  );
$$;

comment on function private.readiness is
'What /readyz reports: migration, workers with the age of their heartbeat, queues, channels.';
revoke all on function private.readiness from public;
grant execute on function private.readiness to service_role;

-- sql/pipeline/record_mail.sql
create or replace function private.record_mail(
  p_inbound_id bigint,
  p_worker text,
  p_attempt integer,
  p_events jsonb,
  p_error text default null
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_mail private.unread_mail;
begin
  select unread_mail.* into v_mail
  from private.unread_mail
  where unread_mail.inbound_id = p_inbound_id
  for update;

  if v_mail.state is distinct from 'reading' or v_mail.worker is distinct from p_worker
    or v_mail.attempts <> p_attempt then
    return 'fenced';
  elsif p_error is null then
    delete from private.unread_mail
    where unread_mail.inbound_id = p_inbound_id;
    perform private.ingest_events(
      'email', '{}', '[]',
      jsonb_build_array(private.tell_mails_apart(p_events, v_mail.channel_id)),
      array[null::text], array[p_inbound_id]
    );
    perform private.finish_mail(p_inbound_id);
    return 'done';
  elsif v_mail.attempts >= 3 then
    perform private.bury_mail(p_inbound_id, p_error);
    return 'dead';
  end if;

  update private.unread_mail
  set
    state = 'waiting', worker = null, lease_until = null, error = left(p_error, 1000),
    next_attempt_at = clock_timestamp() + private.retry_delay(v_mail.attempts)
  where unread_mail.inbound_id = p_inbound_id;
  return 'waiting';
end;
$$;

comment on function private.record_mail is
'What a claimed mail said: its events are stored in the transaction that takes it off the queue, or
p_error why it could not be read. Returns done, waiting, dead, or fenced for a lost claim.';
revoke all on function private.record_mail from public;
grant execute on function private.record_mail to service_role;

-- sql/pipeline/record_mailbox.sql
create or replace function private.record_mailbox(
  p_channel_id uuid,
  p_worker text,
  p_state text,
  p_error text default null
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.mailboxes
  set
    state = p_state,
    error = left(p_error, 500),
    seen_at = case p_state when 'connected' then clock_timestamp() else mailboxes.seen_at end
  where mailboxes.channel_id = p_channel_id and mailboxes.worker = p_worker;

  if not found then
    return false;
  end if;
  case p_state
    when 'connected' then perform private.unblock_channel(p_channel_id);
    when 'refused' then perform private.block_channel(p_channel_id, p_error);
    else perform private.set_channel_status(p_channel_id, 'degraded', p_error);
  end case;
  return true;
end;
$$;

comment on function private.record_mailbox is
'How a mailbox fares: connected, away, or refused, which tells admins (R70, R76); false for a lost
lease.';
revoke all on function private.record_mailbox from public;
grant execute on function private.record_mailbox to service_role;

-- sql/pipeline/reject_items.sql
create or replace function private.reject_items(
  p_channel_type text,
  p_items private.inbound_item[]
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into private.rejected_items (inbound_id, channel_type, channel_id, item, reason)
  select items.inbound_id, p_channel_type, items.channel_id, items.item, faults.reason
  from unnest(p_items) as items
  cross join lateral private.item_fault(items) as faults (reason)
  where faults.reason is not null
  order by items.place;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.reject_items is
'Puts the events that cannot be taken among the dead letters, with the reason; returns how many.';
revoke all on function private.reject_items from public;
grant execute on function private.reject_items to service_role;

-- sql/pipeline/replay_events.sql
-- A dry run goes the real way and raises at its end: what is told is what would happen, and all of
-- it is undone; only variables outlive that. Former dead items give way to today's reading.
create or replace function private.replay_events(
  p_channel_type text,
  p_inbound_ids bigint[],
  p_events jsonb,
  p_errors text[],
  p_dry_run boolean
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_items private.inbound_item[] := private.read_items(p_channel_type, p_inbound_ids, p_events);
  v_before jsonb := private.before_replay(v_items, p_inbound_ids);
  v_last bigint := coalesce((select max(rejected_items.id) from private.rejected_items), 0);
  v_report jsonb;
begin
  begin
    update private.rejected_items
    set resolved_at = clock_timestamp()
    where rejected_items.inbound_id = any (p_inbound_ids) and rejected_items.resolved_at is null;

    perform private.ingest_events(p_channel_type, '{}', '[]', p_events, p_errors, p_inbound_ids);
    v_report := (
      select jsonb_agg(private.as_it_waits(lines.line))
      from private.report_replay(v_items, p_inbound_ids, v_before, v_last) as lines (line)
    );
    if p_dry_run then
      raise sqlstate 'DR000';
    end if;
  exception
    when sqlstate 'DR000' then
      null;
  end;

  if not p_dry_run then
    perform private.finish_replays(v_report);
  end if;
  return query
  select reports.line
  from jsonb_array_elements(v_report) as reports (line);
end;
$$;

comment on function private.replay_events is
'Takes in anew what today''s parsers make of kept requests and returns what that changed, a line
each (report_replay, as_it_waits); a dry run is undone: nothing is stored, shown, sent or answered
(U1).';
revoke all on function private.replay_events from public;
grant execute on function private.replay_events to service_role;

-- sql/pipeline/replay_inbound.sql
create or replace function public.replay_inbound(
  p_from timestamptz,
  p_to timestamptz,
  p_dry_run boolean default true
)
returns table (
  inbound_id bigint,
  received_at timestamptz,
  channel_type text,
  state text,
  error text,
  rejected bigint,
  is_queued boolean,
  report jsonb
)
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_admin();
  if p_from is null or p_to is null or p_from >= p_to then
    raise exception using
      errcode = 'PT400',
      message = 'a window begins before it ends',
      hint = 'replay_inbound(from, to, dry_run)';
  end if;

  return query
  select windows.*
  from private.replay_window(p_from, p_to, coalesce(p_dry_run, true)) as windows;
end;
$$;

comment on function public.replay_inbound is
'Requests of a window that could not be stored whole, with why, and what their last replay changed
(U1). Not dry, a worker parses them anew with today''s parsers within seconds. What it would change:
romashka replay --dry-run. PT400, PT403.';
revoke all on function public.replay_inbound from public, anon, authenticated, service_role;
grant execute on function public.replay_inbound to authenticated, service_role;

-- sql/pipeline/replay_window.sql
-- Security definer: admins do not reach the kept requests themselves.
create or replace function private.replay_window(
  p_from timestamptz,
  p_to timestamptz,
  p_dry_run boolean
)
returns table (
  inbound_id bigint,
  received_at timestamptz,
  channel_type text,
  state text,
  error text,
  rejected bigint,
  is_queued boolean,
  report jsonb
)
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_admin();
  if not p_dry_run then
    perform private.ask_for_replay(p_from, p_to);
    perform private.audit(
      'replay', 'inbound_events', null, jsonb_build_object('from', p_from, 'to', p_to)
    );
  end if;

  return query
  select
    inbound_events.id, inbound_events.received_at, inbound_events.channel_type,
    inbound_events.state::text, inbound_events.error, faults.rejected,
    replay_requests.inbound_id is not null and replay_requests.finished_at is null,
    replay_requests.report
  from private.inbound_events
  left join private.replay_requests on replay_requests.inbound_id = inbound_events.id
  cross join lateral private.open_faults(inbound_events.id) as faults (rejected)
  where inbound_events.received_at >= p_from
    and inbound_events.received_at < p_to
    and (
      inbound_events.state = 'failed' or faults.rejected > 0
      or replay_requests.inbound_id is not null
    )
  order by inbound_events.id;
end;
$$;

comment on function private.replay_window is
'What of a window could not be stored whole, and what its replay changed. Unless dry, a
worker replays it.';
revoke all on function private.replay_window from public;
grant execute on function private.replay_window to authenticated, service_role;

-- sql/pipeline/report_replay.sql
create or replace function private.report_replay(
  p_items private.inbound_item[],
  p_ids bigint[],
  p_before jsonb,
  p_last_rejected bigint
)
returns setof jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_after jsonb := private.stored_of(p_items);
begin
  return query
  select jsonb_build_object(
    'inbound_id', inbound_events.id,
    'was', p_before -> 'states' -> inbound_events.id::text,
    'becomes', to_jsonb(inbound_events.state),
    'error', to_jsonb(inbound_events.error),
    'messages', private.changes_between('messages', p_before, v_after, inbound_events.id),
    'receipts', private.changes_between('deliveries', p_before, v_after, inbound_events.id),
    'reads_otherwise', private.read_otherwise(p_items, inbound_events.id),
    'rejected', (
      select coalesce(jsonb_agg(
        jsonb_build_object('reason', rejected_items.reason, 'parked', rejected_items.is_parked)
        order by rejected_items.id
      ), '[]')
      from private.rejected_items
      where rejected_items.inbound_id = inbound_events.id
        and rejected_items.id > p_last_rejected
    ),
    'understood', greatest(
      coalesce((p_before -> 'rejected' -> inbound_events.id::text)::integer, 0) - (
        select count(*)
        from private.rejected_items
        where rejected_items.inbound_id = inbound_events.id
          and rejected_items.id > p_last_rejected
      ), 0
    )
  )
  from private.inbound_events
  where inbound_events.id = any (p_ids)
  order by inbound_events.id;
end;
$$;

comment on function private.report_replay is
'What a replay changed, a line for each request: {inbound_id, was, becomes, error, messages,
receipts, reads_otherwise, rejected, understood}.';
revoke all on function private.report_replay from public;
grant execute on function private.report_replay to service_role;

-- sql/pipeline/requests_of.sql
create or replace function private.requests_of(p_conversation_ids uuid[])
returns bigint[]
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(array_agg(distinct messages.inbound_id), '{}')
  from public.messages
  where messages.conversation_id = any (p_conversation_ids) and messages.inbound_id is not null;
$$;

comment on function private.requests_of is
'The kept requests that brought the messages of these conversations.';
revoke all on function private.requests_of from public;
grant execute on function private.requests_of to service_role;

-- sql/pipeline/retry_dead.sql
-- Security definer: queues are closed to agents; this is the one thing they may do to them.
create or replace function private.retry_dead(p_kind text, p_id text)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.audit('retry', p_kind, p_id);

  if p_kind = 'delivery' and pg_input_is_valid(p_id, 'uuid') then
    return private.retry_delivery(p_id::uuid);
  elsif p_kind = 'item' and pg_input_is_valid(p_id, 'bigint') then
    return private.retry_item(p_id::bigint);
  elsif p_kind = 'reply_job' and pg_input_is_valid(p_id, 'uuid') then
    return private.retry_reply_job(p_id::uuid);
  elsif p_kind = 'inbound' and pg_input_is_valid(p_id, 'bigint') then
    return private.retry_mail(p_id::bigint);
  elsif p_kind = 'media' and pg_input_is_valid(p_id, 'bigint') then
    return private.retry_media(p_id::bigint);
  end if;

  raise exception using
    errcode = 'PT400',
    message = format('cannot retry %s %s here', p_kind, p_id),
    hint = 'kind: delivery, item, reply_job, media, or inbound for mail; else romashka replay --id';
end;
$$;

comment on function private.retry_dead is
'Retries a delivery, a rejected item, a turn, a file or a mail for an agent, noted in the audit log.
PT400, PT404.';
revoke all on function private.retry_dead from public;
grant execute on function private.retry_dead to authenticated, service_role;

-- sql/pipeline/retry_dead_letter.sql
create or replace function public.retry_dead_letter(p_kind text, p_id text)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  return private.retry_dead(p_kind, p_id);
end;
$$;

comment on function public.retry_dead_letter is
'Takes up a dead letter again (I9): delivery sends it, item stores it, reply_job answers it, media
fetches it, inbound reads a mail again; other requests are replayed by romashka replay. Returns the
new state. PT400, PT403, PT404.';
revoke all on function public.retry_dead_letter from public, anon, authenticated, service_role;
grant execute on function public.retry_dead_letter to authenticated, service_role;

-- sql/pipeline/retry_item.sql
create or replace function private.retry_item(p_id bigint)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item private.rejected_items;
  v_result jsonb;
begin
  update private.rejected_items
  set resolved_at = clock_timestamp(), attempts = rejected_items.attempts + 1
  where rejected_items.id = p_id and rejected_items.resolved_at is null
  returning * into v_item;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no rejected item %s', p_id);
  end if;

  v_result := private.ingest_events(
    v_item.channel_type, '{}', '[]', jsonb_build_array(jsonb_build_array(v_item.item)),
    array[null::text], array[v_item.inbound_id]
  );
  return case
    when (v_result ->> 'rejected')::integer > 0 then 'rejected'
    when exists (
      select 1
      from private.rejected_items
      where rejected_items.id > p_id and rejected_items.is_parked
        and rejected_items.item = v_item.item
    ) then 'parked'
    else 'done'
  end;
end;
$$;

comment on function private.retry_item is
'Takes a rejected event in again, once its cause is gone; done, rejected anew, or parked until
the message it is about comes. PT404.';
revoke all on function private.retry_item from public;
grant execute on function private.retry_item to service_role;

-- sql/pipeline/retry_mail.sql
create or replace function private.retry_mail(p_inbound_id bigint)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.unread_mail
  set state = 'waiting', attempts = 0, next_attempt_at = clock_timestamp(), error = null
  where unread_mail.inbound_id = p_inbound_id and unread_mail.state = 'dead';

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no dead mail %s', p_inbound_id),
      hint = 'replay requests that are no mail with romashka replay --id';
  end if;
  perform private.settle_requests(array[p_inbound_id], array[null::text]);
  perform private.broadcast(array['worker'], array['mail'], array['{}'::jsonb]);
  return 'waiting';
end;
$$;

comment on function private.retry_mail is
'Lets the worker read a mail again that was given up. PT404.';
revoke all on function private.retry_mail from public;
grant execute on function private.retry_mail to service_role;

-- sql/pipeline/ring_worker.sql
create or replace function private.ring_worker(
  p_turns integer,
  p_sends integer,
  p_files integer default 0
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_turns > 0 then
    perform private.broadcast(
      array['worker'], array['reply_jobs'],
      array[jsonb_build_object('delay_ms', private.milliseconds(private.debounce()))]
    );
  end if;
  if p_sends > 0 then
    perform private.broadcast(array['worker'], array['deliveries'], array['{}'::jsonb]);
  end if;
  if p_files > 0 then
    perform private.broadcast(array['worker'], array['media'], array['{}'::jsonb]);
  end if;
end;
$$;

comment on function private.ring_worker is
'Rings the worker once for a statement: turns are due in delay_ms, deliveries
and files at once.';
revoke all on function private.ring_worker from public;
grant execute on function private.ring_worker to service_role;

-- sql/pipeline/schedule.sql
-- Where pg_cron is to be had, the database keeps the six seconds with every process of ours dead.
do $$
begin
  if exists (
    select 1
    from pg_catalog.pg_available_extensions
    where pg_available_extensions.name = 'pg_cron'
  ) then
    create extension if not exists pg_cron;
    perform cron.schedule('romashka-sweep', '1 second', 'select private.sweep()');
    perform cron.schedule(
      'romashka-cron-log', '17 3 * * *',
      'delete from cron.job_run_details where end_time < now() - interval ''1 day'''
    );
  end if;
end;
$$;

-- sql/pipeline/seize_conversations.sql
create or replace function private.seize_conversations(p_customer_id uuid)
returns uuid[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_ids uuid[];
begin
  select coalesce(array_agg(held.id), '{}') into v_conversation_ids
  from (
    select conversations.id
    from public.conversations
    where conversations.customer_id = p_customer_id
    order by conversations.id
    for update
  ) as held;

  perform 1
  from private.deliveries
  where deliveries.conversation_id = any (v_conversation_ids)
  order by deliveries.id
  for update;
  return v_conversation_ids;
end;
$$;

comment on function private.seize_conversations is
'Locks the conversations of a customer and their deliveries before they are erased; returns their
ids.';
revoke all on function private.seize_conversations from public;
grant execute on function private.seize_conversations to service_role;

-- sql/pipeline/set_mailbox_cursor.sql
create or replace function private.set_mailbox_cursor(
  p_channel_id uuid,
  p_worker text,
  p_uid_validity bigint,
  p_last_uid bigint,
  p_rescanned_from date default null
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.mailboxes
  set
    uid_validity = p_uid_validity,
    last_uid = p_last_uid,
    rescanned_from = coalesce(p_rescanned_from, mailboxes.rescanned_from)
  where mailboxes.channel_id = p_channel_id and mailboxes.worker = p_worker;
  return found;
end;
$$;

comment on function private.set_mailbox_cursor is
'Where reading a mailbox begins, at the first start and after the server numbered its mails anew;
false for a lost lease.';
revoke all on function private.set_mailbox_cursor from public;
grant execute on function private.set_mailbox_cursor to service_role;

-- sql/pipeline/settle_failure.sql
create or replace function private.settle_failure(p_delivery private.deliveries)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.deliveries
  set settled_at = clock_timestamp()
  where deliveries.id = p_delivery.id
    and deliveries.state in ('dead', 'failed')
    and deliveries.settled_at is null;

  if not found
    or private.shown_state(p_delivery) not in ('dead', 'failed')
    or not exists (
      select 1
      from public.messages
      where messages.id = p_delivery.message_id and messages.sender_type in ('ai', 'agent')
    ) then
    return false;
  end if;

  perform private.give_up_answer(
    p_delivery, private.failure_class(p_delivery.channel_type, p_delivery.error_code)
  );
  perform private.raise_alert(
    'delivery', 'warning',
    format('an answer on %s could not be delivered: %s', p_delivery.channel_type,
      coalesce(p_delivery.error_code, 'no reason given')),
    null, p_delivery.channel_id
  );
  return true;
end;
$$;

comment on function private.settle_failure is
'Once for each failure: when no other channel has the answer, people get the conversation and an
alert (R75). A failing notice of ours makes no second one. True when an answer was lost.';
revoke all on function private.settle_failure from public;
grant execute on function private.settle_failure to service_role;

-- sql/pipeline/settle_failures.sql
-- A step of its own, as whoever reports a failure holds the delivery, and the conversation comes
-- before it in the order of locks. One failure that cannot be settled must not hold up the six
-- seconds, which the same sweep keeps.
create or replace function private.settle_failures()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery private.deliveries;
  v_count integer := 0;
begin
  for v_delivery in
    select deliveries.*
    from private.deliveries
    where deliveries.state in ('dead', 'failed') and deliveries.settled_at is null
    order by deliveries.created_at
    limit 50
  loop
    perform 1
    from public.conversations
    where conversations.id = v_delivery.conversation_id
    for no key update skip locked;
    continue when not found;

    begin
      v_count := v_count + private.settle_failure(v_delivery)::integer;
    exception
      when transaction_rollback or insufficient_resources then
        raise;
      when others then
        update private.deliveries
        set settled_at = clock_timestamp(), error = left(sqlerrm, 1000)
        where deliveries.id = v_delivery.id;
    end;
  end loop;
  return v_count;
end;
$$;

comment on function private.settle_failures is
'Draws the consequences of deliveries that failed for good; returns how many answers were lost.';
revoke all on function private.settle_failures from public;
grant execute on function private.settle_failures to service_role;

-- sql/pipeline/settle_parked.sql
-- What is parked and the message it is about may pass each other in two transactions, neither of
-- which sees the other.
create or replace function private.settle_parked()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_items private.inbound_item[];
  v_item private.rejected_items;
  v_count integer := 0;
begin
  select array_agg(
    row(null, null, rejected_items.channel_id, rejected_items.item)::private.inbound_item
  )
  into v_items
  from private.rejected_items
  where rejected_items.is_parked and rejected_items.resolved_at is null;
  perform private.lock_targets(v_items, private.targets_of(v_items));

  for v_item in
    select rejected_items.*
    from private.rejected_items
    where rejected_items.is_parked and rejected_items.resolved_at is null
    order by rejected_items.id
    for update skip locked
  loop
    if private.apply_change(v_item.channel_id, v_item.item) then
      update private.rejected_items
      set resolved_at = clock_timestamp()
      where rejected_items.id = v_item.id;
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end;
$$;

comment on function private.settle_parked is
'Applies parked reactions, edits and revokes whose message is here after all; returns how many.';
revoke all on function private.settle_parked from public;
grant execute on function private.settle_parked to service_role;

-- sql/pipeline/settle_people.sql
-- After the conversations are locked, so that nothing here waits for another batch.
create or replace function private.settle_people(p_messages private.inbound_message[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message private.inbound_message;
begin
  for v_message in
    select messages.*
    from unnest(p_messages) as messages
    where messages.has_new_names
    order by messages.conversation_id, messages.place
  loop
    perform private.name_customer(
      v_message.customer_id, left(v_message.item ->> 'customer_name', 200)
    );
    perform private.note_conflict(
      v_message.customer_id, v_message.channel_id, v_message.item -> 'identities'
    );
  end loop;
end;
$$;

comment on function private.settle_people is
'What is new of the customers of a batch: their name where there was none, and that a name of theirs
belongs to somebody else.';
revoke all on function private.settle_people from public;
grant execute on function private.settle_people to service_role;

-- sql/pipeline/settle_requests.sql
create or replace function private.settle_requests(p_ids bigint[], p_errors text[])
returns bigint[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.inbound_events
  set
    state = case when requests.error is null then 'done' else 'failed' end,
    error = left(requests.error, 2000),
    attempts = inbound_events.attempts + 1
  from unnest(p_ids, p_errors) as requests (id, error)
  where inbound_events.id = requests.id;
  return p_ids;
end;
$$;

comment on function private.settle_requests is
'Notes what came of replaying kept requests; the bytes stay as they are (I10).';
revoke all on function private.settle_requests from public;
grant execute on function private.settle_requests to service_role;

-- sql/pipeline/store_items.sql
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

-- sql/pipeline/store_mail.sql
create or replace function private.store_mail(
  p_channel_id uuid,
  p_worker text,
  p_uid_validity bigint,
  p_uid bigint,
  p_raw bytea,
  p_headers jsonb
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_mailbox private.mailboxes;
  v_account text;
begin
  select mailboxes.* into v_mailbox
  from private.mailboxes
  where mailboxes.channel_id = p_channel_id
  for no key update;

  if v_mailbox.worker is distinct from p_worker
    or v_mailbox.uid_validity is distinct from p_uid_validity then
    return 'fenced';
  elsif p_uid <= v_mailbox.last_uid then
    return 'known';
  end if;

  update private.mailboxes
  set last_uid = p_uid, seen_at = clock_timestamp()
  where mailboxes.channel_id = p_channel_id;
  if private.mail_is_known(p_channel_id, p_raw, p_headers ->> 'message_id') then
    return 'known';
  end if;

  select channels.account into v_account
  from public.channels
  where channels.id = p_channel_id;
  perform private.ingest_events(
    'email', array[p_raw], jsonb_build_array(p_headers),
    jsonb_build_array(jsonb_build_array(
      jsonb_build_object('kind', 'mail', 'account', v_account)
    )),
    array[null::text]
  );
  return 'stored';
end;
$$;

comment on function private.store_mail is
'Keeps a mail fetched by IMAP, queues it to be read, and moves the cursor, all or nothing. Returns
stored, known (seen under this or another UID), or fenced when another worker has the mailbox.';
revoke all on function private.store_mail from public;
grant execute on function private.store_mail to service_role;

-- sql/pipeline/store_news.sql
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

-- sql/pipeline/stored_of.sql
create or replace function private.stored_of(p_items private.inbound_item[])
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'messages', (
      select coalesce(
        jsonb_object_agg(
          messages.id,
          jsonb_build_object(
            'inbound_id', items.inbound_id,
            'external_id', messages.external_message_id,
            'content', messages.content,
            'message_type', messages.message_type,
            'reactions', messages.metadata -> 'reactions',
            'deleted', messages.deleted_at is not null
          )
        ),
        '{}'
      )
      from unnest(p_items) as items
      join public.messages
        on messages.channel_id = items.channel_id
        and messages.external_message_id
        in (items.item ->> 'external_id', items.item ->> 'target_id')
    ),
    'deliveries', (
      select coalesce(
        jsonb_object_agg(
          deliveries.id,
          jsonb_build_object('inbound_id', items.inbound_id, 'state', deliveries.state)
        ),
        '{}'
      )
      from unnest(p_items) as items
      join private.deliveries
        on deliveries.channel_id = items.channel_id
        and deliveries.external_id = items.item ->> 'external_id'
      where items.item ->> 'kind' = 'receipt'
    )
  );
end;
$$;

comment on function private.stored_of is
'What the database holds of what events say, to be compared: {messages: {id: …},
deliveries: {id: …}}.';
revoke all on function private.stored_of from public;
grant execute on function private.stored_of to service_role;

-- sql/pipeline/sweep.sql
create or replace function private.sweep()
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'handed_over', private.hand_over_overdue(),
    'unknown', private.expire_deliveries(),
    'lost', private.settle_failures()
  );
$$;

comment on function private.sweep is
'The safety net, run by every living process and by pg_cron where there is one: overdue turns go to
people (I11), sends of dead workers become unknown (I4), lost answers go to people (R75). Cheap;
doing it twice does nothing.';
revoke all on function private.sweep from public;
grant execute on function private.sweep to service_role;

-- sql/pipeline/takes_notice.sql
create or replace function private.takes_notice(
  p_delivery private.deliveries,
  p_conversation public.conversations,
  p_class text
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_class in ('content', 'throttled', 'transient', 'unknown')
    and p_delivery.channel_id = p_conversation.channel_id
    and coalesce(p_conversation.window_expires_at > clock_timestamp(), true)
    and exists (
      select 1
      from public.customer_identities
      where customer_identities.customer_id = p_conversation.customer_id
        and customer_identities.channel_id = p_conversation.channel_id
        and customer_identities.unreachable_since is null
    );
end;
$$;

comment on function private.takes_notice is
'Whether a customer whose answer is lost can be told so where they wrote: another text, or a later
one, would be taken, the service window is open and they have not stopped us (R75).';
revoke all on function private.takes_notice from public;
grant execute on function private.takes_notice to service_role;

-- sql/pipeline/targets_of.sql
create or replace function private.targets_of(p_items private.inbound_item[])
returns uuid[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(array_agg(messages.id), '{}')
    from unnest(p_items) as items
    join public.messages
      on messages.channel_id = items.channel_id
      and messages.external_message_id = items.item ->> 'target_id'
    where items.item ->> 'kind' in ('reaction', 'edit', 'revoke')
  );
end;
$$;

comment on function private.targets_of is
'The messages that the reactions, edits and revokes among these events are about.';
revoke all on function private.targets_of from public;
grant execute on function private.targets_of to service_role;

-- sql/pipeline/tell_mails_apart.sql
-- Broken programs send different mails under one Message-ID. What tells them apart must not hang on
-- how well our parser reads, or a replay would store mails a second time.
create or replace function private.tell_mails_apart(p_events jsonb, p_channel_id uuid)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_agg(
      case
        when namesake.id is null then events.item
        else events.item || jsonb_build_object(
          'external_id', left(events.item ->> 'external_id', 400) || '#' || envelopes.mark
        )
      end
      order by events.place
    )
    from jsonb_array_elements(p_events) with ordinality as events (item, place)
    cross join lateral (
      select md5(concat_ws(
        E'\n', events.item #>> '{identities,0,value}', events.item #>> '{metadata,date}',
        events.item #>> '{metadata,subject}'
      )) as mark
    ) as envelopes
    left join public.messages as namesake
      on namesake.channel_id = p_channel_id
      and namesake.external_message_id = events.item ->> 'external_id'
      and events.item ->> 'kind' = 'message'
      and envelopes.mark <> md5(concat_ws(
        E'\n', namesake.metadata ->> 'from', namesake.metadata ->> 'date',
        namesake.metadata ->> 'subject'
      ))
  );
end;
$$;

comment on function private.tell_mails_apart is
'The events of a mail, under an id of their own where a mail of another sender, date or subject has
its Message-ID already.';
revoke all on function private.tell_mails_apart from public;
grant execute on function private.tell_mails_apart to service_role;

-- sql/pipeline/thread_root.sql
create or replace function private.thread_root(p_message private.inbound_message)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  -- Who disowns the mail, or claims another's conversation, begins a thread of their own.
  if p_message.item #>> '{metadata,claimed_conversation}' is not null
    or private.is_forged(p_message.item) then
    return left(p_message.external_id, 512);
  end if;
  return left(
    coalesce(p_message.item #>> '{thread,references,-1}', p_message.external_id), 512
  );
end;
$$;

comment on function private.thread_root is
'The Message-ID that names a new thread: of the first mail it refers to, so that this one, coming
later, finds it; else its own.';
revoke all on function private.thread_root from public;
grant execute on function private.thread_root to service_role;

-- sql/pipeline/threads_of.sql
create or replace function private.threads_of(p_channel_id uuid, p_item jsonb)
returns uuid[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_thread jsonb := p_item -> 'thread';
  v_named text[] := array_remove(
    (v_thread ->> 'conversation')
      || private.conversations_named(p_channel_id, v_thread -> 'references')
      || array(
        select own.item ->> 'conversation'
        from jsonb_array_elements(
          case when jsonb_typeof(v_thread -> 'own') = 'array' then v_thread -> 'own' else '[]' end
        ) with ordinality as own (item, place)
        order by own.place
      ),
    null
  );
begin
  return array(
    select conversations.id
    from unnest(v_named) with ordinality as named (id, place)
    join public.conversations
      on conversations.id = case when pg_input_is_valid(named.id, 'uuid') then named.id::uuid end
    group by conversations.id
    order by min(named.place)
  ) || array(
    select conversations.id
    from public.conversations
    where conversations.number = private.number_of(v_thread -> 'tag')::bigint
      and conversations.channel_id = p_channel_id
  );
end;
$$;

comment on function private.threads_of is
'The conversations that a mail names, whoever they belong to and on whatever channel, the surest
first: by a reply token, by In-Reply-To and References, by our own Message-IDs, by the number in its
subject, which mailboxes only have (R37).';
revoke all on function private.threads_of from public;
grant execute on function private.threads_of to service_role;

-- sql/pipeline/unpark_items.sql
create or replace function private.unpark_items(p_messages private.inbound_message[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item private.rejected_items;
begin
  for v_item in
    select rejected_items.*
    from private.rejected_items
    join unnest(p_messages) as messages
      on messages.channel_id = rejected_items.channel_id
      and messages.external_id = rejected_items.target_id
    where rejected_items.is_parked and rejected_items.resolved_at is null
    order by rejected_items.id
    for update of rejected_items
  loop
    if private.apply_change(v_item.channel_id, v_item.item) then
      update private.rejected_items
      set resolved_at = clock_timestamp()
      where rejected_items.id = v_item.id;
    end if;
  end loop;
end;
$$;

comment on function private.unpark_items is
'Applies the reactions, edits and revokes that came before these messages.';
revoke all on function private.unpark_items from public;
grant execute on function private.unpark_items to service_role;

-- sql/pipeline/upkeep.sql
create or replace function private.upkeep()
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'metrics', public.cleanup_expired_metrics(),
    'hours', private.roll_up_hours(),
    'alerts', private.raise_alerts(),
    'expired', private.purge_expired(),
    'visits', private.purge_visits(),
    'chats', private.continue_by_email(),
    'parked', private.settle_parked(),
    'receipts', private.settle_receipts(),
    'fallbacks', private.fall_back_blocked(),
    'channels', private.watch_channels(),
    'orphans', private.give_up_parked(),
    'terms', private.fold_terms()
  );
$$;

comment on function private.upkeep is
'What needs doing every few seconds: hours are summed up, old metrics and raw requests go, alerts
rise and fall, channels are looked after, what was parked finds its place or is a dead letter,
answers follow visitors who have left.';
revoke all on function private.upkeep from public;
grant execute on function private.upkeep to service_role;

-- sql/pipeline/with_thread.sql
create or replace function private.with_thread(
  p_item jsonb,
  p_claimed uuid[],
  p_continued uuid
)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_item || jsonb_build_object(
    'metadata',
    coalesce(nullif(p_item -> 'metadata', 'null'), '{}')
    || jsonb_build_object('from', p_item #>> '{identities,0,value}')
    || case when p_claimed <> '{}' then jsonb_strip_nulls(jsonb_build_object(
      'claimed_conversation', coalesce(p_continued, p_claimed[1]),
      'continues_conversation', p_continued
    )) else '{}' end
  );
end;
$$;

comment on function private.with_thread is
'A mail that notes its sender, the conversation it names and is not part of, and which of another
channel it continues.';
revoke all on function private.with_thread from public;
grant execute on function private.with_thread to service_role;

-- sql/pipeline/without_echoes.sql
create or replace function private.without_echoes(p_items private.inbound_item[])
returns private.inbound_item[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_own text[] := '{}';
begin
  select coalesce(array_agg(own.external_id), '{}') into v_own
  from (
    select items.channel_id, jsonb_agg(items.item order by items.place) as echoes
    from unnest(p_items) as items
    where items.item ->> 'sender' = 'agent'
    group by items.channel_id
    order by items.channel_id
  ) as said
  cross join lateral unnest(private.settle_echoes(said.channel_id, said.echoes))
    as own (external_id);

  if v_own = '{}' then
    return p_items;
  end if;
  return array(
    select items
    from unnest(p_items) as items
    where items.item ->> 'sender' is distinct from 'agent'
      or items.item ->> 'external_id' <> all (v_own)
    order by items.place
  );
end;
$$;

comment on function private.without_echoes is
'The events of a batch without the echoes of our own sends, which have settled their deliveries.';
revoke all on function private.without_echoes from public;
grant execute on function private.without_echoes to service_role;

-- sql/pipeline/without_words.sql
create or replace function private.without_words(p_metadata jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(kept.name, kept.value), '{}')
  from jsonb_each(p_metadata) as kept (name, value)
  where kept.name in (
    'occurred_at', 'reply_to', 'echo', 'automatic', 'message_id', 'in_reply_to', 'references',
    'update_id', 'media_group_id', 'business_connection_id', 'edit_at', 'reacted_at'
  );
$$;

comment on function private.without_words is
'What may stay beside a message that was taken back: moments, ids and its place among others, and
nothing that anybody said, showed or chose.';
revoke all on function private.without_words from public;
grant execute on function private.without_words to service_role;

-- sql/core/policies.sql
alter table public.agents enable row level security;
alter table public.audit_log enable row level security;
alter table private.processes enable row level security;
alter table private.paces enable row level security;

revoke all on table public.agents from public, anon, authenticated, service_role;
revoke all on table public.audit_log from public, anon, authenticated, service_role;
revoke all on table private.processes from public, anon, authenticated, service_role;
revoke all on table private.paces from public, anon, authenticated, service_role;

revoke all on sequence public.audit_log_id_seq from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.agents to authenticated;
grant select, insert, update, delete on table public.agents to service_role;
grant select on table public.audit_log to authenticated;
grant select, insert on table public.audit_log to service_role;
grant select, insert, update, delete on table private.processes to service_role;
grant select, insert, update, delete on table private.paces to service_role;

create policy "agents see agents" on public.agents
for select to authenticated using ((select private.is_agent()));

create policy "admins add agents" on public.agents
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change agents" on public.agents
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove agents" on public.agents
for delete to authenticated using ((select private.is_admin()));

create policy "admins read the audit log" on public.audit_log
for select to authenticated using ((select private.is_admin()));

-- sql/channels/policies.sql
alter table public.channels enable row level security;
alter table public.website_settings enable row level security;
alter table public.office_settings enable row level security;
alter table public.office_hours enable row level security;
alter table public.office_closures enable row level security;
alter table private.website_secrets enable row level security;
alter table private.channel_events enable row level security;
alter table private.channel_secrets enable row level security;

revoke all on table private.channel_secrets from public, anon, authenticated, service_role;
revoke all on table private.channel_events from public, anon, authenticated, service_role;
revoke all on table public.channels from public, anon, authenticated, service_role;
revoke all on table public.website_settings from public, anon, authenticated, service_role;
revoke all on table public.office_settings from public, anon, authenticated, service_role;
revoke all on table public.office_hours from public, anon, authenticated, service_role;
revoke all on table public.office_closures from public, anon, authenticated, service_role;
revoke all on table private.website_secrets from public, anon, authenticated, service_role;

grant select on table public.channels to authenticated;
grant update (
  name, is_enabled, fallback_channel_id, fallback_after, expected_silence, allowed_addresses,
  rate_per_minute
) on table public.channels to authenticated;
grant select on table private.channel_events to authenticated;
grant select, insert, update, delete on table private.channel_events to service_role;
grant select, insert, update, delete on table private.channel_secrets to service_role;
grant select, insert, update, delete on table public.channels to service_role;
grant select on table public.website_settings to authenticated;
grant update (
  name, greeting, theme, allowed_origins, requires_identity, asks_consent, keep_visits,
  max_upload_bytes, allowed_mime_types
) on table public.website_settings to authenticated;
grant select, insert, update, delete on table public.office_settings to authenticated;
grant select, insert, update, delete on table public.office_hours to authenticated;
grant select, insert, update, delete on table public.office_closures to authenticated;
grant select, insert, update, delete on table public.website_settings to service_role;
grant select, insert, update, delete on table public.office_settings to service_role;
grant select, insert, update, delete on table public.office_hours to service_role;
grant select, insert, update, delete on table public.office_closures to service_role;
grant select, insert, update, delete on table private.website_secrets to service_role;

create policy "agents see channels" on public.channels
for select to authenticated using ((select private.is_agent()));

create policy "agents see channel events" on private.channel_events
for select to authenticated using ((select private.is_agent()));

create policy "admins change channels" on public.channels
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "agents see website settings" on public.website_settings
for select to authenticated using ((select private.is_agent()));

create policy "admins change website settings" on public.website_settings
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "agents see office settings" on public.office_settings
for select to authenticated using ((select private.is_agent()));

create policy "admins add office settings" on public.office_settings
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change office settings" on public.office_settings
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove office settings" on public.office_settings
for delete to authenticated using ((select private.is_admin()));

create policy "agents see office hours" on public.office_hours
for select to authenticated using ((select private.is_agent()));

create policy "admins add office hours" on public.office_hours
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change office hours" on public.office_hours
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove office hours" on public.office_hours
for delete to authenticated using ((select private.is_admin()));

create policy "agents see office closures" on public.office_closures
for select to authenticated using ((select private.is_agent()));

create policy "admins add office closures" on public.office_closures
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change office closures" on public.office_closures
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove office closures" on public.office_closures
for delete to authenticated using ((select private.is_admin()));
alter table public.message_templates enable row level security;

revoke all on table public.message_templates from public, anon, authenticated, service_role;
grant select on table public.message_templates to authenticated;
grant select, insert, update, delete on table public.message_templates to service_role;

create policy "agents see templates" on public.message_templates
for select to authenticated using ((select private.is_agent()));

-- sql/customers/policies.sql
alter table public.customer_profiles enable row level security;
alter table public.customer_identities enable row level security;
alter table private.email_consents enable row level security;
alter table private.identity_moves enable row level security;

revoke all on table public.customer_profiles from public, anon, authenticated, service_role;
revoke all on table public.customer_identities from public, anon, authenticated, service_role;
revoke all on table private.email_consents from public, anon, authenticated, service_role;
revoke all on table private.identity_moves from public, anon, authenticated, service_role;

grant select on table public.customer_profiles to authenticated;
grant update (name, email, phone, language, attributes, is_blocked)
on table public.customer_profiles to authenticated;
grant select on table public.customer_identities to authenticated;
grant select, insert, update, delete on table public.customer_profiles to service_role;
grant select, insert, update, delete on table public.customer_identities to service_role;
grant select, insert, update, delete on table private.identity_moves to service_role;
grant select, insert, update, delete on table private.email_consents to service_role;

create policy "agents see customers" on public.customer_profiles
for select to authenticated using ((select private.is_agent()));

create policy "agents change customers" on public.customer_profiles
for update to authenticated using ((select private.is_agent()))
with check ((select private.is_agent()));

create policy "agents see identities" on public.customer_identities
for select to authenticated using ((select private.is_agent()));

-- sql/conversations/policies.sql
alter table public.conversations enable row level security;
alter table public.messages enable row level security;
alter table public.routing_rules enable row level security;

alter table private.signals enable row level security;

revoke all on table private.signals from public, anon, authenticated, service_role;
grant select, insert, update, delete on table private.signals to service_role;

revoke all on table public.conversations from public, anon, authenticated, service_role;
revoke all on table public.messages from public, anon, authenticated, service_role;
revoke all on table public.routing_rules from public, anon, authenticated, service_role;

grant select on table public.conversations to authenticated;
grant update (priority, tags, assigned_agent_id, language, workflow_id, customer_name)
on table public.conversations to authenticated;
grant select on table public.messages to authenticated;
grant insert (id, conversation_id, sender_type, sender_id, content, is_private, reply_to_id)
on table public.messages to authenticated;
grant select, insert, update, delete on table public.conversations to service_role;
grant select, insert, update, delete on table public.messages to service_role;
grant select, insert, update, delete on table public.routing_rules to authenticated;
grant select, insert, update, delete on table public.routing_rules to service_role;

create policy "agents see conversations" on public.conversations
for select to authenticated using ((select private.is_agent()));

create policy "agents change conversations" on public.conversations
for update to authenticated using ((select private.is_agent()))
with check ((select private.is_agent()));

create policy "agents see messages, customers their own" on public.messages
for select to authenticated using (
  (select private.is_agent())
  or (not is_private and conversation_id in (select private.my_conversations()))
);

create policy "agents write as themselves" on public.messages
for insert to authenticated with check (
  (select private.is_agent())
  and sender_type = 'agent'
  and sender_id = (select auth.uid())
  and length(btrim(content)) between 1 and 20000
);

create policy "agents see routing rules" on public.routing_rules
for select to authenticated using ((select private.is_agent()));

create policy "admins add routing rules" on public.routing_rules
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change routing rules" on public.routing_rules
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove routing rules" on public.routing_rules
for delete to authenticated using ((select private.is_admin()));

create policy "members hear their topics" on realtime.messages
for select to authenticated using ((select private.may_hear((select realtime.topic()))));

create policy "agents are present in the inbox" on realtime.messages
for insert to authenticated with check (
  extension = 'presence'
  and (select realtime.topic()) = 'inbox'
  and (select private.is_agent())
);

create policy "agents see media, visitors their own" on storage.objects
for select to authenticated using (
  bucket_id = 'media' and (select private.may_see_file(name))
);

create policy "agents and visitors add media" on storage.objects
for insert to authenticated with check (
  bucket_id = 'media' and (select private.may_upload(name, metadata ->> 'mimetype'))
);

-- sql/metrics/policies.sql
alter table public.realtime_metrics enable row level security;
alter table public.alert_rules enable row level security;
alter table public.alerts enable row level security;
alter table public.csat_responses enable row level security;
alter table private.csat_links enable row level security;
alter table private.metric_hours enable row level security;

revoke all on table public.realtime_metrics from public, anon, authenticated, service_role;
revoke all on table public.alert_rules from public, anon, authenticated, service_role;
revoke all on table public.alerts from public, anon, authenticated, service_role;
revoke all on table public.csat_responses from public, anon, authenticated, service_role;
revoke all on table private.csat_links from public, anon, authenticated, service_role;
revoke all on table private.metric_hours from public, anon, authenticated, service_role;
revoke all on sequence public.realtime_metrics_id_seq
from public, anon, authenticated, service_role;

grant select on table public.realtime_metrics to authenticated;
grant select, insert, update, delete on table public.alert_rules to authenticated;
grant select on table public.alerts to authenticated;
grant update (resolved_at) on table public.alerts to authenticated;
grant select on table public.csat_responses to authenticated;
grant select on table private.metric_hours to authenticated;
grant select, insert, update, delete on table public.realtime_metrics to service_role;
grant select, insert, update, delete on table public.alert_rules to service_role;
grant select, insert, update, delete on table public.alerts to service_role;
grant select, insert, update, delete on table public.csat_responses to service_role;
grant select, insert, update, delete on table private.csat_links to service_role;
grant select, insert, update, delete on table private.metric_hours to service_role;

create policy "agents see metrics" on public.realtime_metrics
for select to authenticated using ((select private.is_agent()));

create policy "agents see summed up hours" on private.metric_hours
for select to authenticated using ((select private.is_agent()));

create policy "agents see alert rules" on public.alert_rules
for select to authenticated using ((select private.is_agent()));

create policy "admins add alert rules" on public.alert_rules
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change alert rules" on public.alert_rules
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove alert rules" on public.alert_rules
for delete to authenticated using ((select private.is_admin()));

create policy "agents see alerts" on public.alerts
for select to authenticated using ((select private.is_agent()));

create policy "agents resolve alerts" on public.alerts
for update to authenticated using ((select private.is_agent()))
with check ((select private.is_agent()));

create policy "agents see ratings" on public.csat_responses
for select to authenticated using ((select private.is_agent()));

-- sql/delivery/policies.sql
alter table private.deliveries enable row level security;
alter table private.receipts enable row level security;
alter table private.watermarks enable row level security;
alter table private.media_files enable row level security;
alter table private.removed_files enable row level security;

revoke all on table private.deliveries from public, anon, authenticated, service_role;
revoke all on table private.receipts from public, anon, authenticated, service_role;
revoke all on table private.media_files from public, anon, authenticated, service_role;
revoke all on table private.removed_files from public, anon, authenticated, service_role;

grant select on table private.deliveries to authenticated;
grant select on table private.media_files to authenticated;
grant select, insert, update, delete on table private.deliveries to service_role;
grant select, insert, update, delete on table private.receipts to service_role;
grant select, insert, update, delete on table private.watermarks to service_role;
grant select, insert, update, delete on table private.media_files to service_role;
grant select, insert, update, delete on table private.removed_files to service_role;

create policy "agents see deliveries" on private.deliveries
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
  channels.lost_at,
  channels.retry_at,
  coalesce(queues.waiting, 0) as waiting
from public.channels
left join queues on channels.id = queues.channel_id;

comment on view public.channel_status is
'How every channel fares, from real traffic (R46, R70): when it last worked, what its platform last
complained of, how our access stands, how many messages wait.';

revoke all on table public.channel_status from public, anon, authenticated, service_role;
grant select on table public.channel_status to authenticated, service_role;

-- sql/website/policies.sql
alter table public.visitor_sessions enable row level security;
alter table public.page_visits enable row level security;
alter table public.proactive_rules enable row level security;
alter table public.proactive_shows enable row level security;
alter table private.unread_chats enable row level security;

revoke all on table public.visitor_sessions from public, anon, authenticated, service_role;
revoke all on table public.page_visits from public, anon, authenticated, service_role;
revoke all on table public.proactive_rules from public, anon, authenticated, service_role;
revoke all on table public.proactive_shows from public, anon, authenticated, service_role;
revoke all on table private.unread_chats from public, anon, authenticated, service_role;

grant select on table public.visitor_sessions to authenticated;
grant select on table public.page_visits to authenticated;
grant select, insert, update, delete on table public.proactive_rules to authenticated;
grant select on table public.proactive_shows to authenticated;
grant select, insert, update, delete on table public.visitor_sessions to service_role;
grant select, insert, update, delete on table public.page_visits to service_role;
grant select, insert, update, delete on table public.proactive_rules to service_role;
grant select, insert, update, delete on table public.proactive_shows to service_role;
grant select, insert, update, delete on table private.unread_chats to service_role;

create policy "agents see sessions, visitors their own" on public.visitor_sessions
for select to authenticated using (
  (select private.is_agent()) or visitor_id = (select auth.uid())
);

create policy "agents see visits, visitors their own" on public.page_visits
for select to authenticated using (
  (select private.is_agent())
  or session_id in (
    select visitor_sessions.id
    from public.visitor_sessions
    where visitor_sessions.visitor_id = (select auth.uid())
  )
);

create policy "agents see proactive rules" on public.proactive_rules
for select to authenticated using ((select private.is_agent()));

create policy "admins add proactive rules" on public.proactive_rules
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change proactive rules" on public.proactive_rules
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove proactive rules" on public.proactive_rules
for delete to authenticated using ((select private.is_admin()));

create policy "agents see proactive shows" on public.proactive_shows
for select to authenticated using ((select private.is_agent()));

create view public.proactive_results with (security_invoker = true) as
select
  proactive_rules.id as rule_id,
  proactive_rules.name,
  count(proactive_shows.id) as shown,
  count(proactive_shows.answered_at) as answered
from public.proactive_rules
left join public.proactive_shows on proactive_rules.id = proactive_shows.rule_id
group by proactive_rules.id;

comment on view public.proactive_results is
'How often each proactive rule was shown and answered.';

create view public.visitors_online with (security_invoker = true) as
select
  visitor_sessions.id as session_id,
  visitor_sessions.visitor_id,
  customer_identities.customer_id,
  visitor_sessions.channel_id,
  visitor_sessions.visit_number,
  visitor_sessions.page_count,
  page_visits.url,
  page_visits.title,
  visitor_sessions.referrer,
  visitor_sessions.language,
  visitor_sessions.started_at,
  visitor_sessions.seen_at
from public.visitor_sessions
left join public.customer_identities
  on
    visitor_sessions.channel_id = customer_identities.channel_id
    and visitor_sessions.visitor_id::text = customer_identities.value
    and customer_identities.kind = 'visitor'
left join public.page_visits
  on
    visitor_sessions.id = page_visits.session_id
    and page_visits.id = (
      select newest.id
      from public.page_visits as newest
      where newest.session_id = visitor_sessions.id
      order by newest.visited_at desc
      limit 1
    )
where visitor_sessions.seen_at > now() - interval '2 minutes';

comment on view public.visitors_online is
'Who is on the website now, as agents see it; a visitor sees themselves (R41).';

revoke all on table public.proactive_results from public, anon, authenticated, service_role;
revoke all on table public.visitors_online from public, anon, authenticated, service_role;
grant select on table public.proactive_results to authenticated, service_role;
grant select on table public.visitors_online to authenticated, service_role;

-- sql/knowledge/policies.sql
alter table public.knowledge_articles enable row level security;
alter table public.knowledge_chunks enable row level security;
alter table private.knowledge_terms enable row level security;
alter table private.knowledge_term_changes enable row level security;

revoke all on table public.knowledge_articles from public, anon, authenticated, service_role;
revoke all on table public.knowledge_chunks from public, anon, authenticated, service_role;
revoke all on table private.knowledge_terms from public, anon, authenticated, service_role;
revoke all on table private.knowledge_term_changes
from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.knowledge_articles to authenticated;
grant select on table public.knowledge_chunks to authenticated;
grant select on table private.knowledge_terms to authenticated;
grant select on table private.knowledge_term_changes to authenticated;
grant select, insert, update, delete on table public.knowledge_articles to service_role;
grant select, insert, update, delete on table public.knowledge_chunks to service_role;
grant select, insert, update, delete on table private.knowledge_terms to service_role;
grant select, insert, update, delete on table private.knowledge_term_changes to service_role;

create policy "agents see articles, customers the published" on public.knowledge_articles
for select to authenticated using (
  (select private.is_agent())
  or (
    is_published
    and now() >= coalesce(valid_from, '-infinity')
    and now() < coalesce(valid_until, 'infinity')
  )
);

create policy "admins add articles" on public.knowledge_articles
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change articles" on public.knowledge_articles
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove articles" on public.knowledge_articles
for delete to authenticated using ((select private.is_admin()));

create policy "agents see chunks" on public.knowledge_chunks
for select to authenticated using ((select private.is_agent()));

create policy "agents see terms" on private.knowledge_terms
for select to authenticated using ((select private.is_agent()));

create policy "agents see changes of terms" on private.knowledge_term_changes
for select to authenticated using ((select private.is_agent()));

-- sql/ai/policies.sql
alter table public.ai_settings enable row level security;
alter table private.reply_jobs enable row level security;
alter table public.ai_runs enable row level security;

revoke all on table public.ai_settings from public, anon, authenticated, service_role;
revoke all on table private.reply_jobs from public, anon, authenticated, service_role;
revoke all on table public.ai_runs from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.ai_settings to authenticated;
grant select on table private.reply_jobs to authenticated;
grant select on table public.ai_runs to authenticated;
grant select, insert, update, delete on table public.ai_settings to service_role;
grant select, insert, update, delete on table private.reply_jobs to service_role;
grant select, insert, update, delete on table public.ai_runs to service_role;

create policy "agents see ai settings" on public.ai_settings
for select to authenticated using ((select private.is_agent()));

create policy "admins add ai settings" on public.ai_settings
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change ai settings" on public.ai_settings
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove ai settings" on public.ai_settings
for delete to authenticated using ((select private.is_admin()));

create policy "agents see reply jobs" on private.reply_jobs
for select to authenticated using ((select private.is_agent()));

create policy "agents see ai runs" on public.ai_runs
for select to authenticated using ((select private.is_agent()));

create view public.reply_jobs with (security_invoker = true) as
select
  reply_jobs.id,
  reply_jobs.conversation_id,
  reply_jobs.first_message_id,
  reply_jobs.state,
  reply_jobs.outcome,
  reply_jobs.reason,
  reply_jobs.attempt,
  reply_jobs.deadline,
  reply_jobs.reply_message_id,
  reply_jobs.created_at,
  reply_jobs.finished_at
from private.reply_jobs;

comment on view public.reply_jobs is 'The turns of the AI as agents see them.';

revoke all on table public.reply_jobs from public, anon, authenticated, service_role;
grant select on table public.reply_jobs to authenticated, service_role;

-- sql/pipeline/policies.sql
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
