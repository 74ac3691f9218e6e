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
  refusals smallint not null default 0,
  judged_at timestamptz,
  last_in_at timestamptz,
  last_out_at timestamptz,
  last_error_at timestamptz,
  last_error text,
  token_state text not null default 'unknown' constraint channels_token_state_check
  check (token_state in ('unknown', 'valid', 'expiring', 'invalid')),
  token_expires_at timestamptz,
  webhook_url text,
  checked_at timestamptz,
  check_at timestamptz not null default now(),
  failed_checks integer not null default 0,
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
comment on column public.channels.refusals is
'How often in a row the platform took a message and refused our account for it later: until one
arrives, being taken proves nothing.';
comment on column public.channels.judged_at is
'The newest such refusal, or proof of the contrary: of what was sent before it nothing more follows
for the account.';
comment on column public.channels.last_in_at is
'When a customer was last heard of; gathered every few seconds, so that no message writes here.';
comment on column public.channels.last_out_at is
'When the platform last took a message; gathered likewise.';
comment on column public.channels.last_error_at is
'When the platform last failed us (not a customer or a message); kept once a second at most.';
comment on column public.channels.token_expires_at is
'When our access ends unless it is renewed; null where it does not or nobody said.';
comment on column public.channels.webhook_url is
'Where we had the platform send its webhooks (romashka channel register); null where nobody has.';
comment on column public.channels.checked_at is
'When the platform last answered what it thinks of our account: so old is token_state.';
comment on column public.channels.check_at is 'When it is asked next.';
comment on column public.channels.failed_checks is
'How often in a row it found fault with the account, or did not answer.';
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
'The largest file a visitor may send, refused at the upload already; 0: none.';
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
  heard_language text,
  attributes jsonb not null default '{}',
  is_blocked boolean not null default false,
  erased_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table public.customer_profiles is 'A person who writes to us, on however many channels.';
comment on column public.customer_profiles.language is 'BCP 47 tag of what they write, once known.';
comment on column public.customer_profiles.heard_language is
'What language was last set to by what they write or by their platform. Where the two differ, an
agent knows better, and nothing that is heard changes it.';
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
  preferred_at timestamptz,
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
'How they agreed: a form, a call, a law, or their own START.';
comment on column public.customer_identities.revoked_at is
'When they withdrew it; it counts only while later than consented_at.';
comment on column public.customer_identities.preferred_at is
'When they last told the platform what they want, by its clock; an older wish that comes late
changes nothing.';
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

create table private.consent_words (
  wish text not null constraint consent_words_wish_check
  check (wish in ('opt_out', 'opt_in', 'politely')),
  language text not null,
  words text not null,
  constraint consent_words_pkey primary key (wish, language, words)
);

create index consent_words_first_idx on private.consent_words (split_part(words, ' ', 1));

comment on table private.consent_words is
'What a message is made of that says nothing but STOP (opt_out), START (opt_in) or their like, and
what may stand beside it (politely); words as private.parted gives them.';

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
  handed_over_rule_id uuid,
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
comment on column public.conversations.handed_over_rule_id is
'The rule that handed it over, where one did.';

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
'What an AI message rests on: [{article_id, chunk_id, title, version}].';
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

-- Files of messages. Platforms send files of any kind; what visitors may send, and how large, is a
-- setting of their widget that may_upload holds them to. The bucket's own limit is for all: agents'
-- files and those that workers fetch from platforms lie here too, so that no widget may lower it.
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
  check (aggregate in ('avg', 'max', 'count', 'p95', 'growth')),
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
comment on column public.alert_rules.aggregate is
'growth: so many times what it was in the week before, for ai_hand_over_share, ai_model_error_share,
ai_unresolved_share and ai_p95_ms.';
comment on column public.alert_rules.minimum_count is
'How many measurements the window must hold before the rule speaks.';
comment on column public.alert_rules.time_window is 'How far back the rule looks.';

create table public.alerts (
  id uuid primary key default gen_random_uuid(),
  rule_id uuid references public.alert_rules (id) on delete cascade,
  channel_id uuid references public.channels (id) on delete cascade,
  kind text not null,
  subject text,
  severity text not null constraint alerts_severity_check
  check (severity in ('info', 'warning', 'critical')),
  message text not null,
  raised_at timestamptz not null default clock_timestamp(),
  resolved_at timestamptz
);

create unique index alerts_open_key on public.alerts (kind, rule_id, channel_id, subject)
nulls not distinct
where resolved_at is null;
create index alerts_rule_id_idx on public.alerts (rule_id);
create index alerts_channel_id_idx on public.alerts (channel_id);

comment on table public.alerts is 'What admins should look at; one open alert per cause.';
comment on column public.alerts.kind is
'metric (of a rule), channel, token, silence or delivery (of a channel), reply_job, model, ai (a
rule of growth), or budget_near, budget_spent and budget_blind.';
comment on column public.alerts.subject is
'What it is about where no row stands for that: the name of a model.';

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
  visibility text not null default 'public' constraint knowledge_articles_visibility_check
  check (visibility in ('public', 'agents')),
  valid_from timestamptz,
  valid_until timestamptz,
  version integer not null default 1,
  imported_from text,
  import_key text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint knowledge_articles_import_check
  check ((imported_from is null) = (import_key is null))
);

create unique index knowledge_articles_import_key
on public.knowledge_articles (imported_from, import_key)
where imported_from is not null;
create index knowledge_articles_common_idx
on public.knowledge_articles (language, cardinality(phrasings) desc, created_at, id)
where is_published and visibility = 'public';

comment on table public.knowledge_articles is 'What the AI may answer from (R53).';
comment on column public.knowledge_articles.phrasings is
'Ways customers ask for this article; ten of them help more than any algorithm.';
comment on column public.knowledge_articles.version is 'Rises with every change of the text.';
comment on column public.knowledge_articles.is_published is
'Nothing else is answered from or shown to customers.';
comment on column public.knowledge_articles.imported_from is
'The file or address that it came from, null where it was written here.';
comment on column public.knowledge_articles.import_key is
'Its place in what it came from, mostly a heading: the same import finds it again by this.';
comment on column public.knowledge_articles.visibility is
'agents: only agents see it, and only what the AI drafts for agents rests on it, never an answer to
a customer.';
comment on column public.knowledge_articles.valid_until is
'The first moment at which it no longer holds; null means for ever.';

-- No foreign key: what was once answered from is explained also after the article is gone.
create table public.knowledge_versions (
  article_id uuid not null,
  version integer not null,
  title text not null,
  body text not null,
  phrasings text[] not null,
  language text not null,
  changed_by uuid,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (article_id, version)
);

comment on table public.knowledge_versions is
'Every text that an article ever had: what an answer of the past rested on. Written by trigger.';
comment on column public.knowledge_versions.phrasings is
'Ways customers asked for the article at that time.';
comment on column public.knowledge_versions.changed_by is
'The admin who wrote it, null where it was a process of ours or the person is gone.';

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
create domain public.answer_mode as text constraint answer_mode_check
check (value in ('auto', 'shadow', 'off'));

comment on domain public.answer_mode is
'auto: the AI answers; shadow: it only notes what it would say, people answer; off: people answer.';

-- What an instruction hidden in a customer's words can reach: the role of the AI's tools. It logs
-- in nowhere and minds row level security; only the login role of our own processes may take it on
-- (on hosted projects that is postgres, which may grant what it has made).
do $$
begin
  if not exists (select 1 from pg_catalog.pg_roles where pg_roles.rolname = 'ai_reader') then
    create role ai_reader nologin noinherit;
  end if;
  if not pg_catalog.pg_has_role(current_user, 'ai_reader', 'set') then
    grant ai_reader to current_user;
  end if;
end;
$$;

grant usage on schema public, private to ai_reader;

create table public.ai_settings (
  id uuid primary key default gen_random_uuid(),
  channel_type text,
  language text,
  mode public.answer_mode,
  confidence_threshold double precision
  constraint ai_settings_confidence_threshold_check check (confidence_threshold between 0 and 1),
  max_wrong_rate double precision
  constraint ai_settings_max_wrong_rate_check check (max_wrong_rate > 0 and max_wrong_rate <= 1),
  instructions text constraint ai_settings_instructions_check
  check (length(instructions) <= 20000),
  tone text constraint ai_settings_tone_check check (length(tone) <= 2000),
  guardrails text constraint ai_settings_guardrails_check check (length(guardrails) <= 20000),
  answers_per_hour integer constraint ai_settings_answers_per_hour_check
  check (answers_per_hour >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint ai_settings_scope_key unique nulls not distinct (channel_type, language)
);

comment on table public.ai_settings is
'How the AI answers (R50, R120), for a channel and a language, null means any. Field by field: the
closest row that says something holds, so that a row may change the tone and nothing else.';
comment on column public.ai_settings.mode is 'auto where no row says anything.';
comment on column public.ai_settings.confidence_threshold is
'An answer counts only above it (R50); 0.7 where no row says anything.';
comment on column public.ai_settings.max_wrong_rate is
'The highest share of wrong answers accepted, 0.05 where no row says anything; 1 switches this gate
off. Labels find the confidence above which it is kept; the higher of both gates holds.';
comment on column public.ai_settings.answers_per_hour is
'E-mail: so many answers of AI and system one sender gets in an hour, then people; null is five.';
comment on column public.ai_settings.instructions is
'What the model is told of the business and its task (R120).';
comment on column public.ai_settings.tone is 'How the model is to sound (R120).';
comment on column public.ai_settings.guardrails is 'What the model must never say or do (R120).';

create table public.ai_thresholds (
  id uuid primary key default gen_random_uuid(),
  channel_type text,
  language text,
  max_wrong_rate double precision not null,
  threshold double precision,
  labels integer not null,
  wrong integer,
  bound double precision,
  tuned_at timestamptz not null default clock_timestamp(),
  constraint ai_thresholds_scope_key unique nulls not distinct (channel_type, language)
);

comment on table public.ai_thresholds is
'The confidence above which labels say that no more than max_wrong_rate of the answers are wrong,
for a channel and a language, null means any.';
comment on column public.ai_thresholds.threshold is 'Null while there are too few labels.';
comment on column public.ai_thresholds.labels is 'How many labelled answers it rests on.';
comment on column public.ai_thresholds.wrong is 'How many of those above the threshold were wrong.';
comment on column public.ai_thresholds.bound is
'So many at most are wrong above the threshold, with 95 % confidence.';

create table public.hand_over_rules (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  position integer not null default 100,
  is_enabled boolean not null default true,
  reason text not null default 'rule' constraint hand_over_rules_reason_check
  check (reason ~ '^[a-z][a-z0-9_]{0,49}$'),
  channel_type text,
  language text,
  signal text constraint hand_over_rules_signal_check check (
    signal in (
      'low_confidence', 'asks_for_human', 'complaint', 'not_helped', 'repeated_question',
      'same_source'
    )
  ),
  after_ai_turns integer constraint hand_over_rules_after_ai_turns_check
  check (after_ai_turns >= 1),
  after_clarifications integer constraint hand_over_rules_after_clarifications_check
  check (after_clarifications >= 1),
  keywords text[] constraint hand_over_rules_keywords_check
  check (cardinality(keywords) between 1 and 500),
  patterns text[] not null default '{}',
  sentiment text,
  intent text,
  customer_has jsonb,
  has_tag text,
  assign_agent_id uuid references public.agents (id) on delete set null,
  priority public.priority,
  tags text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index hand_over_rules_assign_agent_id_idx on public.hand_over_rules (assign_agent_id);

comment on table public.hand_over_rules is
'When the AI hands a conversation over (R51): the first rule by position of which everything that
is not null holds. The gate of confidence holds without a rule as well.';
comment on column public.hand_over_rules.reason is 'The word that is kept as the reason.';
comment on column public.hand_over_rules.signal is
'low_confidence: the gate refused the answer; asks_for_human, complaint, not_helped: what the
customer says, as the worker hears it; repeated_question: asked again after an answer; same_source:
a third answer from the same article.';
comment on column public.hand_over_rules.after_ai_turns is
'After so many replies of the AI since it last began anew (R121).';
comment on column public.hand_over_rules.after_clarifications is
'Instead of asking back once more after so many times in a row.';
comment on column public.hand_over_rules.keywords is
'Any of these words or phrases, whole, whatever their case, accents and punctuation.';
comment on column public.hand_over_rules.patterns is
'The keywords as they are looked for, written by trigger.';
comment on column public.hand_over_rules.customer_has is
'What the customer''s attributes contain, as {"vip": true}.';
comment on column public.hand_over_rules.has_tag is 'A tag of the conversation.';
comment on column public.hand_over_rules.tags is 'Added to the conversation''s own.';

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
  rule_id uuid,
  is_shadow boolean not null default false,
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
create index reply_jobs_created_at_idx on private.reply_jobs using brin (created_at)
with (autosummarize = on);
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
comment on column private.reply_jobs.rule_id is 'The rule that handed it over, where one did.';
comment on column private.reply_jobs.is_shadow is
'People answer; the reply is only noted, the turn ends as taken over.';
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
  rule_id uuid,
  is_shadow boolean not null default false,
  facts jsonb not null default '{}',
  threshold double precision,
  setting jsonb not null default '{}',
  seen jsonb not null default '{}',
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
create index ai_runs_created_at_idx on public.ai_runs (created_at);
create index ai_runs_fenced_idx on public.ai_runs (created_at) where outcome = 'fenced';
create index ai_runs_message_id_idx on public.ai_runs (message_id);
create index ai_runs_reply_job_id_idx on public.ai_runs (reply_job_id);

comment on table public.ai_runs is
'Every run of a model: what it was asked, on what it rests, what came of it (U5).';
comment on column public.ai_runs.outcome is
'answered, clarified, handed_over, or fenced when the reply came too late to count: those go after
90 days, the others with their conversation.';
comment on column public.ai_runs.is_shadow is 'Nothing was sent: outcome is what would have been.';
comment on column public.ai_runs.facts is
'What the hand-over rules looked at: {signals, ai_turns, clarifications, ...}.';
comment on column public.ai_runs.threshold is 'The gate as it was then.';
comment on column public.ai_runs.setting is
'Where the gate came from, and the rule that decided: {mode, confidence_threshold, tuned_threshold,
max_wrong_rate, needed: the confidence that the embedded answerer held itself to, rule}.';
comment on column public.ai_runs.seen is
'What the model was shown beside the question (U5): {language, history: [seq], instructions,
knowledge: [{article_id, version, title, coverage, text, passage}], looked_up: [{tool, content,
sources}]}; texts of articles and instructions are hashes in run_texts.';
comment on column public.ai_runs.sources is
'What the reply rests on: [{article_id, chunk_id, title, version}].';
comment on column public.ai_runs.is_estimated is
'True when the model told no token counts and we guessed them.';

create domain public.label_source as text constraint label_source_check
check (value in ('agent', 'rating', 'answered_again', 'reopened'));

comment on domain public.label_source is
'Who says whether an answer was right: an agent, the customer''s rating; or what followed it: a
person answered again, the conversation was opened again.';

create table public.ai_labels (
  id uuid primary key default gen_random_uuid(),
  run_id uuid not null references public.ai_runs (id) on delete cascade,
  message_id uuid references public.messages (id) on delete set null,
  verdict text not null constraint ai_labels_verdict_check check (verdict in ('right', 'wrong')),
  source public.label_source not null,
  labelled_by uuid,
  created_at timestamptz not null default clock_timestamp(),
  constraint ai_labels_source_key unique (run_id, source)
);

create index ai_labels_message_id_idx on public.ai_labels (message_id);

comment on table public.ai_labels is
'Whether answers were right, one verdict of each source for a run of a model.';
comment on column public.ai_labels.message_id is 'The answer; null where it was never sent.';
comment on column public.ai_labels.labelled_by is 'The agent; null for what followed by itself.';

create table public.ai_tools (
  id uuid primary key default gen_random_uuid(),
  name text not null unique constraint ai_tools_name_check check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
  description text not null constraint ai_tools_description_check
  check (length(description) between 1 and 1000),
  parameters jsonb not null default '{"type": "object", "properties": {}}'
  constraint ai_tools_parameters_check check (jsonb_typeof(parameters) = 'object'),
  function_name text not null constraint ai_tools_function_name_check
  check (function_name ~ '^(public|private)[.][a-z_][a-z0-9_]{0,62}$'),
  requires_identity boolean not null default true,
  is_source boolean not null default true,
  is_enabled boolean not null default true,
  customer_attributes text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table public.ai_tools is
'What the AI may look up while it answers (R119). The function takes and gives jsonb, runs as
ai_reader under the customer''s own claims, and must be granted to that role.';
comment on column public.ai_tools.parameters is 'A JSON Schema of the arguments, for the model.';
comment on column public.ai_tools.requires_identity is
'Whether the customer must be proven to be who they say; only knowledge needs no proof.';
comment on column public.ai_tools.is_source is
'Whether an answer may rest on what it gives; not where customers can write that themselves, or
they would put prices and addresses into our mouth.';
comment on column public.ai_tools.customer_attributes is
'Of the customer''s attributes, which ones my_profile gives to a model: none unless named, as what
agents and systems note there is not meant for others.';

create table public.ai_tool_calls (
  id uuid primary key default gen_random_uuid(),
  reply_job_id uuid not null,
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  attempt integer not null,
  run_id uuid references public.ai_runs (id) on delete cascade,
  tool text not null,
  arguments jsonb not null default '{}',
  outcome text not null constraint ai_tool_calls_outcome_check
  check (outcome in ('done', 'refused', 'failed', 'fenced', 'timeout')),
  reason text,
  latency_ms integer not null,
  created_at timestamptz not null default clock_timestamp()
);

create index ai_tool_calls_conversation_id_idx on public.ai_tool_calls (conversation_id);
create index ai_tool_calls_reply_job_id_idx on public.ai_tool_calls (reply_job_id);
create index ai_tool_calls_run_id_idx on public.ai_tool_calls (run_id);
create index ai_tool_calls_no_run_idx on public.ai_tool_calls (created_at) where run_id is null;

comment on table public.ai_tool_calls is
'Every use of a tool by the AI, also those that were refused; what it gave stands in
ai_runs.seen.';
comment on column public.ai_tool_calls.run_id is
'What came of the attempt, and goes with it; null until it is told, for ever where a worker died.';
comment on column public.ai_tool_calls.arguments is
'What the model asked with; emptied when the customer is erased.';

insert into public.ai_tools (
  name, description, parameters, function_name, requires_identity, is_source
)
values
(
  'my_profile', 'What we know about the customer who is writing.',
  '{"type": "object", "properties": {}, "additionalProperties": false}',
  'private.tool_my_profile', true, false
),
(
  'my_conversations', 'The earlier conversations of the customer who is writing, newest first.',
  '{"type": "object", "properties": {"limit": {"type": "integer"}}, "additionalProperties": false}',
  'private.tool_my_conversations', true, false
),
(
  'knowledge_search', 'Searches the published articles for another wording of the question.',
  '{"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]}',
  'private.tool_knowledge_search', false, true
)
on conflict (name) do nothing;

-- Words beside the runs, so that a report over months has nothing to take apart.
create table private.open_questions (
  run_id uuid primary key references public.ai_runs (id) on delete cascade,
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  language text not null,
  terms text[] not null,
  is_missed boolean not null,
  asked_at timestamptz not null default clock_timestamp()
);

create index open_questions_asked_at_idx on private.open_questions (asked_at);
create index open_questions_conversation_id_idx on private.open_questions (conversation_id);

comment on table private.open_questions is
'Questions that the AI did not answer, in their words without endings; written by trigger.';
comment on column private.open_questions.terms is 'Sorted, each once.';
comment on column private.open_questions.is_missed is
'No article answered it; false: choices were offered, which is a miss once a person was needed.';

create table public.knowledge_suggestions (
  id uuid primary key default gen_random_uuid(),
  kind text not null constraint knowledge_suggestions_kind_check
  check (kind in ('article', 'phrasing')),
  state text not null default 'proposed' constraint knowledge_suggestions_state_check
  check (state in ('proposed', 'approved', 'refused')),
  article_id uuid references public.knowledge_articles (id) on delete cascade,
  question text not null,
  answer text,
  language text not null,
  terms text[] not null,
  count integer not null default 1,
  conversation_ids uuid[] not null,
  decided_by uuid,
  decided_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  last_asked_at timestamptz not null default clock_timestamp()
);

create index knowledge_suggestions_state_idx on public.knowledge_suggestions (state, count);
create index knowledge_suggestions_article_id_idx on public.knowledge_suggestions (article_id);
create index knowledge_suggestions_conversation_ids_idx on public.knowledge_suggestions
using gin (conversation_ids);

comment on table public.knowledge_suggestions is
'What solved conversations teach: articles that agents'' answers could become, and other words for
articles that there are. Personal data is masked; nothing is used before a person approves it.';
comment on column public.knowledge_suggestions.terms is
'The question in words without endings, sorted: by these a question like it is found.';
comment on column public.knowledge_suggestions.conversation_ids is
'Up to five in which it was asked; the words are those of the first.';

create table private.solved_conversations (
  conversation_id uuid primary key references public.conversations (id) on delete cascade,
  resolved_at timestamptz not null default clock_timestamp()
);

create index solved_conversations_resolved_at_idx on private.solved_conversations (resolved_at);

comment on table private.solved_conversations is
'Resolved conversations that upkeep has not learnt from yet: it waits a day for a return.';

create table private.run_texts (
  hash bytea primary key,
  content text not null,
  created_at timestamptz not null default clock_timestamp()
);

comment on table private.run_texts is
'Articles and instructions as models were shown them, each text once: what explains an answer after
the article has changed or is gone. Nothing of customers stands here.';

create table public.model_prices (
  id uuid primary key default gen_random_uuid(),
  model text not null,
  valid_from timestamptz not null default '-infinity',
  input_microusd double precision not null
  constraint model_prices_input_microusd_check
  check (input_microusd >= 0 and input_microusd < 'infinity'),
  cached_microusd double precision
  constraint model_prices_cached_microusd_check
  check (cached_microusd >= 0 and cached_microusd < 'infinity'),
  output_microusd double precision not null
  constraint model_prices_output_microusd_check
  check (output_microusd >= 0 and output_microusd < 'infinity'),
  constraint model_prices_model_key unique (model, valid_from)
);

comment on table public.model_prices is
'What a million tokens of a model cost, in millionths of a dollar, from a moment on.';
comment on column public.model_prices.cached_microusd is
'For input that the provider had kept; null: as any other.';

create table public.ai_calls (
  id bigint generated always as identity primary key,
  run_id uuid references public.ai_runs (id) on delete set null,
  conversation_id uuid references public.conversations (id) on delete set null,
  purpose text not null constraint ai_calls_purpose_check
  check (purpose in ('turn', 'shadow', 'backtest', 'draft', 'summary')),
  model text,
  wire text,
  outcome text,
  status integer,
  input_tokens bigint not null default 0,
  cached_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  is_estimated boolean not null default false,
  cost_microusd bigint,
  latency_ms integer,
  ttft_ms integer,
  created_at timestamptz not null default clock_timestamp()
);

create index ai_calls_run_id_idx on public.ai_calls (run_id);
create index ai_calls_conversation_id_idx on public.ai_calls (conversation_id);
create index ai_calls_created_at_idx on public.ai_calls (created_at) include (cost_microusd, model);

comment on table public.ai_calls is
'Every call to a provider, cancelled ones too, and what it cost. Rows outlive the conversation they
were made for: they say nothing of it, and the money stays spent.';
comment on column public.ai_calls.outcome is
'answered, unreadable, failed, timeout, cancelled or blocked.';
comment on column public.ai_calls.status is 'The HTTP status of a refusal.';
comment on column public.ai_calls.cost_microusd is
'By the price that held then; null while the model had none: unknown, not free.';
comment on column public.ai_calls.is_estimated is
'The server counted no tokens: they are guessed from the length of the texts.';

create table public.ai_budget (
  id boolean primary key default true constraint ai_budget_id_check check (id),
  daily_microusd bigint not null constraint ai_budget_daily_microusd_check
  check (daily_microusd >= 0),
  updated_at timestamptz not null default now()
);

comment on table public.ai_budget is
'What models may cost a day (of UTC), in millionths of a dollar; no row means no limit. Once it is
spent the articles answer by themselves until midnight. Calls to models without a price are not
counted and never end: an alert (budget_blind) says so.';

create table private.ai_spending (
  day date primary key,
  spent_microusd bigint not null,
  ahead_microusd bigint not null default 0,
  unpriced bigint not null
);

comment on table private.ai_spending is
'What models cost a day, summed up by upkeep every five seconds.';
comment on column private.ai_spending.ahead_microusd is
'What is taken to be spent before the next sum counts it: as much as in the eleven seconds before
this one, as the next is five seconds away and a turn under way is six seconds long.';
comment on column private.ai_spending.unpriced is 'Calls to models that have no price.';

-- sql/learning/tables.sql
create table public.ai_backtests (
  id uuid primary key default gen_random_uuid(),
  candidate jsonb not null default '{}',
  filter jsonb not null default '{}',
  turns integer not null default 0,
  state text not null default 'running' constraint ai_backtests_state_check
  check (state in ('running', 'done', 'cancelled')),
  created_by uuid,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);

create index ai_backtests_running_idx on public.ai_backtests (created_at)
where state = 'running';

comment on table public.ai_backtests is
'Trials of other settings on turns of the past: nothing of them is ever sent (U6).';
comment on column public.ai_backtests.candidate is
'What is tried: {model, threshold, instructions, tone, guardrails, articles: now|then}; what it does
not say is as it is set today.';
comment on column public.ai_backtests.filter is
'Which turns: {channel, language, since, until}, the newest first.';

create table public.ai_backtest_items (
  id uuid primary key default gen_random_uuid(),
  backtest_id uuid not null references public.ai_backtests (id) on delete cascade,
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  first_seq integer not null,
  last_seq integer not null,
  asked_at timestamptz not null,
  state text not null default 'waiting' constraint ai_backtest_items_state_check
  check (state in ('waiting', 'running', 'done', 'failed')),
  attempt integer not null default 0,
  worker text,
  deadline timestamptz,
  outcome text,
  reason text,
  confidence double precision,
  threshold double precision,
  is_answer boolean not null default false,
  reply text,
  sources jsonb not null default '[]',
  model text,
  error text,
  latency_ms double precision,
  cost_microusd bigint,
  verdict text not null default 'unknown' constraint ai_backtest_items_verdict_check
  check (verdict in ('right', 'wrong', 'unknown')),
  judged_by text,
  finished_at timestamptz,
  constraint ai_backtest_items_turn_key unique (backtest_id, conversation_id, first_seq)
);

create index ai_backtest_items_conversation_id_idx on public.ai_backtest_items (conversation_id);
create index ai_backtest_items_open_idx on public.ai_backtest_items (backtest_id)
where state in ('waiting', 'running');

comment on table public.ai_backtest_items is
'One turn of the past, tried again with what was known at that moment.';
comment on column public.ai_backtest_items.is_answer is
'It had an answer with a source, sent or not: what a lower threshold would have let through.';
comment on column public.ai_backtest_items.verdict is
'Whether that answer was right, as far as can be told: by a label, or by what a person answered
then. unknown says nothing, and counts neither way.';
comment on column public.ai_backtest_items.judged_by is
'label; article (the person''s answer covers the same article, or another one); words (both answers
share most words, or hardly any); null for unknown.';
comment on column public.ai_backtest_items.sources is
'What the answer rests on, as in ai_runs.';
comment on column public.ai_backtest_items.latency_ms is 'From the claim to the reply.';
comment on column public.ai_backtest_items.cost_microusd is
'Null where a call had no price; 0 where none was made.';

create table public.ai_drafts (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  kind text not null constraint ai_drafts_kind_check check (kind in ('draft', 'summary')),
  state text not null default 'waiting' constraint ai_drafts_state_check
  check (state in ('waiting', 'running', 'done', 'failed')),
  first_seq integer not null,
  last_seq integer not null,
  attempt integer not null default 0,
  worker text,
  deadline timestamptz not null default clock_timestamp() + interval '20 seconds',
  content text,
  sources jsonb not null default '[]',
  confidence double precision,
  model text,
  error text,
  requested_by uuid,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);

create unique index ai_drafts_open_key on public.ai_drafts (conversation_id, kind)
where state in ('waiting', 'running');
create index ai_drafts_conversation_id_idx on public.ai_drafts (conversation_id);
create index ai_drafts_created_at_idx on public.ai_drafts (created_at);

comment on table public.ai_drafts is
'Answers and summaries that agents asked the AI for (R124). Customers never see them: an agent sends
what they make of it. They go after 30 days.';
comment on column public.ai_drafts.first_seq is
'The messages that it is about: what the customer wrote last.';
comment on column public.ai_drafts.sources is
'What it rests on, as in ai_runs.';
comment on column public.ai_drafts.deadline is 'Not made by then, it has failed.';
comment on column public.ai_drafts.error is
'Why it failed; or why the articles'' own words stand here instead of a model''s.';

create table private.ai_watch (
  id boolean primary key default true constraint ai_watch_id_check check (id),
  looked_at timestamptz not null
);

comment on table private.ai_watch is 'When the figures of the AI were last compared with before.';

insert into private.ai_watch (looked_at) values ('-infinity');

-- What is worth an alert where nobody has said otherwise: half as bad again as in the week before.
insert into public.alert_rules (
  name, metric_name, aggregate, threshold, time_window, minimum_count, severity
)
values
('The AI hands over more', 'ai_hand_over_share', 'growth', 1.5, '1 hour', 50, 'warning'),
('The AI resolves less', 'ai_unresolved_share', 'growth', 1.5, '1 day', 50, 'warning'),
('Models fail more', 'ai_model_error_share', 'growth', 3, '15 minutes', 20, 'critical'),
('The AI is slower', 'ai_p95_ms', 'growth', 1.5, '15 minutes', 50, 'warning')
on conflict (name) do nothing;

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

-- sql/core/folded.sql
create or replace function private.folded(p_text text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return ' ' || btrim(regexp_replace(
    regexp_replace(
      normalize(lower(left(p_text, 4000)), nfkd), '[\u0300-\u036f\u064b-\u0652]', '', 'g'
    ),
    '[^[:alnum:]]+', ' ', 'g'
  )) || ' ';
end;
$$;

comment on function private.folded is
'Words without case, accents and punctuation, a blank before, between and after them; what is past
4,000 characters is left out, so that the cost is bounded.';
revoke all on function private.folded from public;
grant execute on function private.folded to authenticated, service_role;

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
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return extract(epoch from p_interval)::double precision * 1000;
end;
$$;

comment on function private.milliseconds is 'An interval in milliseconds.';
revoke all on function private.milliseconds from public;
grant execute on function private.milliseconds to authenticated, service_role;

-- sql/core/number_of.sql
create or replace function private.number_of(p_value jsonb)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when jsonb_typeof(p_value) = 'number' and abs((p_value #>> '{}')::numeric) < 2e9
      then (p_value #>> '{}')::double precision
  end;
end;
$$;

comment on function private.number_of is
'A json number that fits an integer column; null for anything else.';
revoke all on function private.number_of from public;
grant execute on function private.number_of to authenticated, service_role;

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
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from private.processes
    where processes.name = p_worker
      and processes.seen_at > statement_timestamp() - interval '2.5 seconds'
  );
end;
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

-- sql/channels/check_channel_type.sql
create or replace function private.check_channel_type(p_type text)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if p_type not in ('website', 'email', 'whatsapp', 'instagram', 'messenger', 'telegram') then
    raise exception using
      errcode = 'PT400',
      message = format('unknown channel %s', p_type),
      hint = 'one of website, email, whatsapp, instagram, messenger, telegram';
  end if;
end;
$$;

comment on function private.check_channel_type is
'Refuses what is no type of channel with PT400; null, which is any, passes.';
revoke all on function private.check_channel_type from public;
grant execute on function private.check_channel_type to authenticated, service_role;

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
  perform private.check_channel_type(coalesce(p_type, 'null'));
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
create or replace function private.probe_delay(p_probes integer, p_refusals integer default 0)
returns interval
language sql
immutable
security invoker
set search_path = ''
as $$
  select greatest(
    (array['30 seconds', '1 minute', '2 minutes', '5 minutes'])[least(p_probes, 4)]::interval,
    case
      when p_refusals > 0
        then least(interval '5 minutes' * 2 ^ (least(p_refusals, 5) - 1), interval '1 hour')
    end
  );
$$;

comment on function private.probe_delay is
'How long after the n-th refusal of our account one message tries again (R76): from half a minute to
five, where the platform refused what it had taken from five to sixty.';
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
  perform private.try_anew(p_channel_id);
  perform private.audit(
    'store_secret', 'channel', p_channel_id::text, jsonb_build_object('name', p_name)
  );
  return v_id;
end;
$$;

comment on function private.store_secret is
'Keeps an encrypted secret of an account as the newest of its name; the one before stays good for so
long, and an account that was refused is tried at once. PT400, PT404.';
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

-- sql/channels/try_anew.sql
create or replace function private.try_anew(p_channel_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set retry_at = clock_timestamp(), refusals = 0
  where channels.id = p_channel_id and channels.retry_at is not null;
end;
$$;

comment on function private.try_anew is
'An account that was refused is set anew: the next message tries it at once, and the platform is
believed when it takes it.';
revoke all on function private.try_anew from public;
grant execute on function private.try_anew to service_role;

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

  -- Told again, the new numbers may be here already.
  if found and p_new ->> 'kind' = 'bsuid' and p_old ->> 'kind' = 'bsuid' then
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
    if found and (
      v_item ->> 'kind' <> 'phone'
      or not private.is_passed_on(p_channel_id, v_customer_id, p_identities)
    ) then
      return v_customer_id;
    end if;
  end loop;

  v_customer_id := private.find_by_variant(p_channel_id, p_identities);
  return case
    when not private.is_passed_on(p_channel_id, v_customer_id, p_identities) then v_customer_id
  end;
end;
$$;

comment on function private.find_customer is
'The customer known by any of these identities ([{kind, value}], best first) on this channel, or by
a number in another form (phone_variants), or null. A number that was passed on does not count.';
revoke all on function private.find_customer from public;
grant execute on function private.find_customer to service_role;

-- sql/customers/had_opted_out.sql
create or replace function private.had_opted_out(
  p_customer_id uuid,
  p_channel_id uuid,
  p_at timestamptz
)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select exists (
    select
    from public.customer_identities
    where customer_identities.customer_id = p_customer_id
      and customer_identities.channel_id = p_channel_id
      and (
        customer_identities.revoked_at is not null
        or customer_identities.consented_at >= p_at
        and customer_identities.consent_source = 'START, written by the customer'
      )
  );
$$;

comment on function private.had_opted_out is
'Whether a customer wants no messages unasked on a channel, by their own STOP, by what they told
their platform, or as an agent noted; also when they took that back by START at p_at or later.';
revoke all on function private.had_opted_out from public;
grant execute on function private.had_opted_out to service_role;

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

-- sql/customers/is_passed_on.sql
-- Numbers pass from one person to another, and a user id never does: it goes with its account, and
-- the platform tells of a new one that somebody got (change_identity).
create or replace function private.is_passed_on(
  p_channel_id uuid,
  p_customer_id uuid,
  p_identities jsonb
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_user_id text := private.identity_value(p_identities, 'bsuid');
begin
  return v_user_id is not null
    and exists (
      select 1
      from public.customer_identities
      where customer_identities.customer_id = p_customer_id
        and customer_identities.channel_id = p_channel_id
        and customer_identities.kind = 'bsuid'
    )
    and not exists (
      select 1
      from public.customer_identities
      where customer_identities.customer_id = p_customer_id
        and customer_identities.channel_id = p_channel_id
        and customer_identities.kind = 'bsuid'
        and customer_identities.value = v_user_id
    );
end;
$$;

comment on function private.is_passed_on is
'Whether these identities ({kind, value}) name somebody else than the customer who is known by one
of them: their user id is another, so that the number is another person''s by now.';
revoke all on function private.is_passed_on from public;
grant execute on function private.is_passed_on to service_role;

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

-- sql/customers/language_of_phone.sql
create or replace function private.language_of_phone(p_phone text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select spoken.language
  from (values
    ('en', '{1,44,61,64,353}'::text[]),
    ('es', '{34,51,52,53,54,56,57,58,502,503,504,505,506,507,591,593,595,598}'),
    ('fr', '{33,377}'),
    ('de', '{49,43,423}'),
    ('it', '{39,378}'),
    ('pt', '{351,55,244,258}'),
    ('nl', '{31}'),
    ('pl', '{48}'),
    ('ru', '{7}'),
    ('tr', '{90}'),
    ('ar', '{20,212,213,216,218,249,961,962,963,964,965,966,967,968,970,971,973,974}'),
    ('zh', '{86,852,853,886}')
  ) as spoken (language, codes)
  cross join lateral regexp_replace(p_phone, '\D', '', 'g') as numbers (digits)
  where left(numbers.digits, 1) = any (spoken.codes)
    or left(numbers.digits, 2) = any (spoken.codes)
    or left(numbers.digits, 3) = any (spoken.codes);
$$;

comment on function private.language_of_phone is
'The language of most people behind a telephone''s country code, no code being the beginning of
another; null where several share it, or none is known.';
revoke all on function private.language_of_phone from public;
grant execute on function private.language_of_phone to service_role;

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

-- sql/customers/opt_in.sql
-- Only who has said STOP before knows what START is about: to anybody else it may be a greeting.
create or replace function private.opt_in(p_customer_id uuid, p_channel_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.customer_identities
  set
    consented_at = clock_timestamp(),
    consent_source = 'START, written by the customer',
    revoked_at = null,
    preferred_at = clock_timestamp()
  where customer_identities.customer_id = p_customer_id
    and customer_identities.channel_id = p_channel_id
    and customer_identities.revoked_at is not null;
end;
$$;

comment on function private.opt_in is
'A customer who had said STOP on a channel has said START: they agree to be written to there unasked
again, as when they tell their platform so (apply_preferences).';
revoke all on function private.opt_in from public;
grant execute on function private.opt_in to service_role;

-- sql/customers/opt_out.sql
create or replace function private.opt_out(p_customer_id uuid, p_channel_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.customer_identities
  set revoked_at = clock_timestamp(), preferred_at = clock_timestamp()
  where customer_identities.customer_id = p_customer_id
    and customer_identities.channel_id = p_channel_id;
end;
$$;

comment on function private.opt_out is
'A customer has said STOP on a channel: consent to be written to there unasked is gone, as when they
tell their platform so (apply_preferences).';
revoke all on function private.opt_out from public;
grant execute on function private.opt_out to service_role;

-- sql/customers/parted.sql
create or replace function private.parted(p_text text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return substr(
    translate(
      regexp_replace(
        private.folded(p_text), '([\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff])(?! )', '\1 ', 'g'
      ), 'ıłø', 'ilo'
    ), 2
  );
end;
$$;

comment on function private.parted is
'The words of a text as consent_words holds them, a blank after each: folded, the letters alike that
keyboards tell apart, every sign of a script without blanks a word of its own.';
revoke all on function private.parted from public;
grant execute on function private.parted to service_role;

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

-- sql/customers/take_number.sql
create or replace function private.take_number(
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
begin
  update public.customer_identities
  set
    customer_id = p_customer_id,
    consented_at = null, consent_source = null, revoked_at = null, fallback_rank = null
  where customer_identities.channel_id = p_channel_id
    and customer_identities.kind = 'phone'
    and customer_identities.value = private.identity_value(p_identities, 'phone')
    and private.is_passed_on(p_channel_id, customer_identities.customer_id, p_identities);
end;
$$;

comment on function private.take_number is
'Gives a number that was passed on to the customer who has it now, without what its former owner
agreed to: nothing meant for one may reach the other.';
revoke all on function private.take_number from public;
grant execute on function private.take_number to service_role;

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
    insert into public.customer_profiles (name, language, heard_language, email, phone)
    values (
      nullif(p_name, ''), p_language, p_language,
      private.identity_value(p_identities, 'email'), private.identity_value(p_identities, 'phone')
    )
    returning id into v_customer_id;
    perform private.take_number(v_customer_id, p_channel_id, p_identities);
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

-- sql/customers/usual_consent_words.sql
-- What customers say who want no messages unasked any more, or want them again, and the words that
-- may stand beside it.
insert into private.consent_words (wish, language, words)
select distinct
  usual.wish,
  usual.language,
  btrim(private.parted(phrases.phrase)) as words
from (
  values
  (
    'opt_out', 'en',
    'stop, stopall, unsubscribe, opt out, optout, stop messages, stop messaging me, '
    'stop sending messages, stop sending me messages, stop writing to me, remove me, '
    'end messages, no more messages'
  ),
  (
    'opt_out', 'ar',
    'stop, إيقاف, ايقاف, توقف, توقفوا, أوقف, أوقفوا الرسائل, إلغاء الاشتراك, الغاء الاشتراك, '
    'الغي الاشتراك, لا أريد رسائل'
  ),
  (
    'opt_out', 'de',
    'stop, stopp, abmelden, abmeldung, abbestellen, austragen, keine nachrichten mehr, '
    'keine werbung, keine werbung mehr, keine weiteren nachrichten'
  ),
  (
    'opt_out', 'es',
    'stop, baja, darme de baja, dar de baja, quiero darme de baja, parar, paren, '
    'desuscribir, desuscribirme, cancelar suscripción, no más mensajes, '
    'no quiero más mensajes'
  ),
  (
    'opt_out', 'fr',
    'stop, arrêt, arrêtez, désabonner, désabonnement, me désabonner, désinscrire, '
    'désinscription, me désinscrire, plus de messages, stop pub'
  ),
  (
    'opt_out', 'it',
    'stop, disiscrivimi, disiscrivermi, disiscrizione, cancellami, annulla iscrizione, '
    'basta messaggi, non voglio più messaggi, niente più messaggi'
  ),
  (
    'opt_out', 'nl',
    'stop, stoppen, afmelden, uitschrijven, meld me af, schrijf me uit, geen berichten meer'
  ),
  (
    'opt_out', 'pl',
    'stop, wypisz, wypisz mnie, wypisz się, rezygnuję, rezygnacja, wyrejestruj, '
    'anuluj subskrypcję, koniec wiadomości, nie chcę więcej wiadomości'
  ),
  (
    'opt_out', 'pt',
    'stop, parar, pare, parem, sair, descadastrar, descadastrar-me, cancelar inscrição, '
    'cancelar subscrição, remover-me, não quero mais mensagens, chega de mensagens'
  ),
  (
    'opt_out', 'ru',
    'стоп, stop, отписаться, отпишите, отпишите меня, отписка, хочу отписаться, '
    'не пишите мне, больше не пишите, не присылайте сообщения'
  ),
  (
    'opt_out', 'tr',
    'stop, dur, durdur, durdurun, ret, iptal mesaj, mesaj istemiyorum, '
    'mesaj almak istemiyorum, artık mesaj istemiyorum, aboneliği iptal et, '
    'aboneliğimi iptal edin, abonelikten çık, listeden çıkar, listeden çıkarın'
  ),
  ('opt_out', 'zh', 'stop, 退订, td, 停止, 取消订阅, 不要再发, 不要再发了, 别再发了, 停止发送, 不要再发消息'),
  (
    'opt_in', 'en',
    'start, unstop, subscribe, resubscribe, opt in, optin, resume, resume messages, '
    'start messages, start sending messages, start sending me messages, '
    'send me messages again, subscribe me'
  ),
  (
    'opt_in', 'ar',
    'start, ابدأ, ابدا, بدء, اشترك, اشتراك, الاشتراك, أريد رسائل, أريد الرسائل, استئناف'
  ),
  (
    'opt_in', 'de',
    'start, starten, anmelden, anmeldung, abonnieren, wieder anmelden, wieder nachrichten, '
    'nachrichten wieder, wieder werbung'
  ),
  (
    'opt_in', 'es',
    'start, alta, darme de alta, dar de alta, quiero darme de alta, suscribir, suscribirme, '
    'reanudar, quiero mensajes'
  ),
  (
    'opt_in', 'fr',
    'start, abonner, réabonner, abonnement, m''abonner, me réabonner, inscrire, m''inscrire, '
    'me réinscrire, réinscription, reprendre, reprenez'
  ),
  (
    'opt_in', 'it',
    'start, iscrivimi, iscrivermi, riscrivimi, riscrivermi, iscrizione, riattiva, riprendi'
  ),
  (
    'opt_in', 'nl',
    'start, starten, aanmelden, inschrijven, meld me aan, schrijf me in, weer berichten'
  ),
  ('opt_in', 'pl', 'start, zapisz, zapisz mnie, subskrybuj, wznów, chcę wiadomości'),
  (
    'opt_in', 'pt',
    'start, inscrever, inscrever-me, assinar, reativar, retomar, quero mensagens, '
    'quero receber mensagens'
  ),
  (
    'opt_in', 'ru',
    'старт, start, подписаться, подпишите, подпишите меня, подписка, хочу подписаться, '
    'возобновить'
  ),
  (
    'opt_in', 'tr',
    'start, başla, başlat, başlatın, mesaj istiyorum, mesaj almak istiyorum, abone ol, '
    'abone olmak istiyorum, listeye ekle, listeye ekleyin'
  ),
  ('opt_in', 'zh', 'start, 开始, 订阅, 重新订阅, 恢复, 恢复订阅, 恢复发送, 我要订阅'),
  (
    'politely', 'en',
    'please, pls, the, messages, me, now, all, from, this, these, list, to, your'
  ),
  ('politely', 'ar', 'من, فضلك, فضلكم, رجاء, الرسائل, كل'),
  (
    'politely', 'de',
    'bitte, alle, mich, diese, den, newsletter, die, nachrichten, von, ihnen, jetzt, mehr'
  ),
  ('politely', 'es', 'por, favor, los, mensajes, quiero, ya, la, de, esta, lista, me'),
  (
    'politely', 'fr',
    's''il, vous, te, plaît, svp, stp, merci, les, messages, de, cette, liste, tous'
  ),
  ('politely', 'it', 'per, favore, i, messaggi, grazie, dalla, lista, da, questa'),
  (
    'politely', 'nl',
    'graag, alstublieft, alsjeblieft, aub, svp, met, de, berichten, mij, me, nu, alle, van, '
    'deze, lijst'
  ),
  ('politely', 'pl', 'proszę, z, tej, listy, wszystkie, wiadomości, mnie, już'),
  ('politely', 'pt', 'por, favor, as, mensagens, de, me, quero, desta, lista, da'),
  ('politely', 'ru', 'пожалуйста, меня, от, рассылки, все, сообщения, больше, мне'),
  ('politely', 'tr', 'lütfen, mesajları, beni, artık, bu'),
  ('politely', 'zh', '请, 了, 我, 消息, 短信, 给')
) as usual (wish, language, phrases)
cross join lateral string_to_table(usual.phrases, ', ') as phrases (phrase)
on conflict do nothing;

-- sql/customers/wish_of.sql
-- Parts are taken off the front as long as they are known; most texts that are no wish begin with
-- none and cost one look-up. What Telegram sends when somebody opens a chat is none.
create or replace function private.wish_of(p_text text, p_language text default null)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_words text;
begin
  if length(p_text) > 100 or p_text ~ '[?？؟]' or btrim(p_text) = '/start' then
    return null;
  end if;

  v_words := private.parted(p_text);
  if not exists (
    select 1
    from private.consent_words
    where split_part(consent_words.words, ' ', 1) = split_part(v_words, ' ', 1)
  ) then
    return null;
  end if;

  return (
    with recursive parts (language, rest, wish) as (
      select null::text, v_words, null::text
      union
      select
        consent_words.language,
        substr(parts.rest, length(consent_words.words) + 2),
        coalesce(parts.wish, nullif(consent_words.wish, 'politely'))
      from parts
      join private.consent_words
        on split_part(consent_words.words, ' ', 1) = split_part(parts.rest, ' ', 1)
        and consent_words.language = coalesce(parts.language, consent_words.language)
        and consent_words.wish in ('politely', coalesce(parts.wish, consent_words.wish))
        and starts_with(parts.rest, consent_words.words || ' ')
    )

    select jsonb_build_object('wish', parts.wish, 'language', parts.language)
    from parts
    where parts.rest = '' and parts.wish is not null
    order by
      parts.language is distinct from split_part(lower(p_language), '-', 1),
      parts.language <> 'en', parts.language
    limit 1
  );
end;
$$;

comment on function private.wish_of is
'What a message says that says nothing but STOP, START or their like: {wish: opt_out|opt_in,
language: the one given where that fits}; null for every other message.';
revoke all on function private.wish_of from public;
grant execute on function private.wish_of to service_role;

-- sql/conversations/accepts_upload.sql
-- Storage asks before it takes a byte, by the length that was declared; that of a form is that of
-- all of its parts. A signed address to upload to is asked for before there is a file, and whoever
-- has it is not asked again: visitors get none.
create or replace function private.accepts_upload(p_channel_id uuid, p_metadata jsonb)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_form_parts constant integer := 8192;
  v_mime_type text := p_metadata ->> 'mimetype';
  v_size bigint := private.number_of(p_metadata -> 'contentLength');
begin
  if current_setting('storage.operation', true) = 'storage.object.sign_upload_url'
    or v_size is null and v_mime_type is not null then
    return false;
  elsif private.request_header('content-type') ~* '^multipart/form-data' then
    v_size := greatest(v_size - v_form_parts, 0);
  end if;
  return private.accepts_file(p_channel_id, v_mime_type, v_size);
end;
$$;

comment on function private.accepts_upload is
'Whether visitors of a widget may upload what Storage announces, {mimetype, contentLength}: of a
kind and a size that its settings take. Without a length none.';
revoke all on function private.accepts_upload from public;
grant execute on function private.accepts_upload to service_role;

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

-- sql/conversations/check_return.sql
create or replace function private.check_return(p_conversation_id uuid)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if (
    select count(*)
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.sender_type = 'system'
      and messages.metadata ->> 'event' = 'handed_over'
      and messages.reply_job_id is not null
      and messages.created_at > clock_timestamp() - interval '24 hours'
      and messages.seq > coalesce((
        select max(ended.seq)
        from public.messages as ended
        where ended.conversation_id = p_conversation_id
          and ended.metadata ->> 'event' = 'resolved'
      ), 0)
  ) >= 3 then
    raise exception using
      errcode = 'PT409',
      message = format('the AI gave conversation %s up three times', p_conversation_id),
      hint = 'answer the customer yourself, or resolve the conversation';
  end if;
end;
$$;

comment on function private.check_return is
'Refuses to give a conversation back to an AI that handed it over three times within a day (PT409):
its customer must not be sent to and fro.';
revoke all on function private.check_return from public;
grant execute on function private.check_return to authenticated, service_role;

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
  return to_jsonb(p_conversation)
    - '{epoch,context_seq,workflow_id,satisfaction_score}'::text[];
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
-- A second hand-over says nothing twice: the conversation is in human hands already. What agents
-- are told is a message of its own, as customers may read their rows whole.
create or replace function private.hand_over_conversation(
  p_conversation_id uuid,
  p_reason text,
  p_job_id uuid default null,
  p_details jsonb default null
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
    handed_over_reason = p_reason,
    handed_over_rule_id = (p_details ->> 'rule_id')::uuid
  where conversations.id = p_conversation_id and conversations.ai_mode = 'auto'
  returning private.language_of(conversations) into v_language;

  if not found then
    return null;
  end if;
  insert into public.messages (
    id, conversation_id, sender_type, message_type, is_private, content, reply_job_id,
    confidence_score, intent_detected, metadata
  )
  select
    v_message_id, p_conversation_id, 'system', 'text', false,
    private.hand_over_words(p_conversation_id, v_language), p_job_id,
    (p_details ->> 'confidence')::double precision, p_details ->> 'intent',
    jsonb_build_object('event', 'handed_over', 'reason', p_reason)
  union all
  select
    gen_random_uuid(), p_conversation_id, 'system', 'event', true,
    private.hand_over_note(p_reason, p_details), p_job_id, null, null,
    p_details || jsonb_build_object('event', 'hand_over_note', 'reason', p_reason)
  where p_details is not null;
  return v_message_id;
end;
$$;

comment on function private.hand_over_conversation is
'Gives a conversation of the AI to people, tells the customer so and agents why (R49). Returns the
message, or null when people have it already.';
revoke all on function private.hand_over_conversation from public;
grant execute on function private.hand_over_conversation to service_role;

-- sql/conversations/hand_over_note.sql
create or replace function private.hand_over_note(p_reason text, p_details jsonb)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return concat_ws(
    E'\n',
    'Handed over: ' || p_reason || coalesce(' (' || (p_details ->> 'rule') || ')', ''),
    'Question: ' || left(p_details ->> 'question', 500),
    'Confidence: ' || round((p_details ->> 'confidence')::numeric, 2)
      || coalesce(', needed: ' || round((p_details ->> 'threshold')::numeric, 2), ''),
    'Looked at: ' || (
      select string_agg(left(looked.source ->> 'title', 100), '; ')
      from jsonb_array_elements(p_details -> 'sources') as looked (source)
    ),
    'Before: ' || (p_details ->> 'ai_turns') || ' replies of the AI, asked back '
      || (p_details ->> 'clarifications') || ' times in a row',
    'Would have said: ' || left(p_details ->> 'draft', 500),
    'Error: ' || (p_details ->> 'error')
  );
end;
$$;

comment on function private.hand_over_note is
'A hand-over in words for agents, from the details that stand in the note''s metadata.';
revoke all on function private.hand_over_note from public;
grant execute on function private.hand_over_note to service_role;

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
      jsonb_build_object(
        'event', case p_reason when 'shadow' then 'shadowed' else 'handed_over' end,
        'reason', p_reason
      )
    );
  end if;
end;
$$;

comment on function private.hand_over_quietly is
'Gives a conversation of the AI to people and tells only them, with the reason; in
shadow the AI never had it, so that is no hand-over to count.';
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
    when 'de' then 'Ich gebe Ihre Nachricht an eine Kollegin oder einen Kollegen weiter. '
      || 'Sie bekommen hier eine Antwort.'
    when 'es' then 'Paso su mensaje a una persona de nuestro equipo, que le responderá aquí mismo.'
    when 'fr' then 'Je transmets votre message à un membre de notre équipe, '
      || 'qui vous répondra ici.'
    when 'it' then 'Passo il suo messaggio a una persona del nostro team, che le risponderà qui.'
    when 'pt' then 'Vou passar a sua mensagem para uma pessoa da nossa equipe, '
      || 'que responderá aqui mesmo.'
    when 'nl' then 'Ik geef uw bericht door aan een collega. U krijgt hier antwoord.'
    when 'pl' then 'Przekazuję Twoją wiadomość osobie z naszego zespołu. Odpowiedź otrzymasz tutaj.'
    when 'ru' then 'Я передаю ваше сообщение сотруднику. Он ответит вам здесь.'
    when 'tr' then 'Mesajınızı ekibimizden birine iletiyorum. Size buradan yanıt verecek.'
    when 'ar' then 'سأحوّل رسالتك إلى أحد أفراد فريقنا، وسيردّ عليك هنا.'
    when 'zh' then '我已将您的消息转给同事，他们会在这里回复您。'
    else 'I am passing your message to a person on our team. They will answer you here.'
  end;
$$;

comment on function private.hand_over_text is
'What a customer is told at a hand-over, in 12 languages (R55); English for any other. It is true of
every message, also of one that asks nothing.';
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

-- sql/conversations/hear_wishes.sql
-- Heard as messages come in, whoever answers them, the AI, people or nobody: consent is a matter of
-- law, and no worker has to live for it. A mail that unsubscribes may say so in its subject alone.
create or replace function private.hear_wishes(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_heard record;
begin
  for v_heard in
    select conversations.customer_id, conversations.channel_id, said.wish
    from unnest(p_messages) as messages
    cross join lateral (
      select private.wish_of(
        coalesce(nullif(messages.content, ''), messages.metadata ->> 'subject')
      ) ->> 'wish' as wish
    ) as said
    join public.conversations on conversations.id = messages.conversation_id
    where messages.sender_type = 'customer' and messages.calls_for_answer and said.wish is not null
    order by messages.conversation_id, messages.seq
  loop
    if v_heard.wish = 'opt_out' then
      perform private.opt_out(v_heard.customer_id, v_heard.channel_id);
    else
      perform private.opt_in(v_heard.customer_id, v_heard.channel_id);
    end if;
  end loop;
end;
$$;

comment on function private.hear_wishes is
'Takes consent back, or gives it back, where a customer''s message says nothing but STOP or START.';
revoke all on function private.hear_wishes from public;
grant execute on function private.hear_wishes to service_role;

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

-- sql/conversations/language_of.sql
create or replace function private.language_of(p_conversation public.conversations)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(
    p_conversation.language,
    (
      select customer_profiles.language
      from public.customer_profiles
      where customer_profiles.id = p_conversation.customer_id
    ),
    private.language_of_phone(p_conversation.customer_phone)
  );
$$;

comment on function private.language_of is
'The language to speak in a conversation as far as rows tell: its own, else the customer''s, else
that of their telephone''s country; null where nothing is known.';
revoke all on function private.language_of from public;
grant execute on function private.language_of to service_role;

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
create or replace function private.may_upload(p_name text, p_metadata jsonb)
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
    and private.accepts_upload(v_channel_id, p_metadata)
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
a visitor at <conversation>/visitor/<uuid>-<name> of their own, of a kind and a size that the widget
takes, twenty in an hour.';
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
  p_limit integer,
  p_before integer default null
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
        'seq', recent.seq,
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
        and messages.seq < coalesce(p_before, 2147483647)
        and not messages.is_private
        and messages.deleted_at is null
        and messages.content <> ''
      order by messages.seq desc
      limit least(greatest(p_limit, 1), 50)
    ) as recent
  );
end;
$$;

comment on function private.recent_history is
'The newest messages since the last hand-over or resolution, before a seq where one is given, oldest
first: [{seq, role, content}]. Private notes never leave the team, so they are not here.';
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
  p_channel_id uuid default null,
  p_subject text default null
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
  insert into public.alerts (kind, severity, message, rule_id, channel_id, subject)
  values (p_kind, p_severity, p_message, p_rule_id, p_channel_id, p_subject)
  on conflict (kind, rule_id, channel_id, subject) where resolved_at is null do nothing
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
    where alert_rules.is_enabled and alert_rules.aggregate <> 'growth'
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
'Checks every enabled rule but those of growth (watch_ai): raises what is above its threshold,
resolves what no longer is.';
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
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'identities', coalesce(
        jsonb_object_agg(
          customer_identities.kind, customer_identities.value
          order by customer_identities.is_verified, customer_identities.created_at
        ) filter (where customer_identities.unreachable_since is null),
        '{}'
      ) || jsonb_strip_nulls(jsonb_build_object('email', case
        when p_delivery.content is not null and p_delivery.identity_id is null
          then private.chat_address(p_delivery, p_customer_id)
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
      )
  );
end;
$$;

comment on function private.addresses_of is
'Where a delivery may go: {identities: {kind: value}, is_reachable}; of several of a kind the
newest that the platform has given, none that has stopped us, or only the one agreed to where
another channel takes over. What continues a chat by mail goes to the address it was queued for.';
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
    perform private.doubt_channel(p_delivery);
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

-- sql/delivery/chat_address.sql
-- The id of a mail is the same at every try: a bounce could not tell two addresses apart.
create or replace function private.chat_address(
  p_delivery private.deliveries,
  p_customer_id uuid
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return case
    when private.consented_email(p_customer_id) = p_delivery.address then p_delivery.address
  end;
end;
$$;

comment on function private.chat_address is
'Where a mail goes that continues a chat: to the address that it was queued for, at every try, while
its customer still wants it; null for nowhere.';
revoke all on function private.chat_address from public;
grant execute on function private.chat_address to service_role;

-- sql/delivery/claim_checks.sql
create or replace function private.claim_checks(
  p_channel_types text[],
  p_accounts text[],
  p_at_once boolean default false
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return query
  update public.channels
  set check_at = clock_timestamp() + private.probe_delay(channels.failed_checks + 1)
  where channels.id in (
    select due.id
    from public.channels as due
    where due.is_enabled
      and due.type = any (p_channel_types)
      and due.account = any (p_accounts)
      and (p_at_once or due.check_at <= statement_timestamp())
    order by due.check_at, due.id
    limit 20
    for no key update skip locked
  )
  returning jsonb_build_object(
    'channel_id', channels.id, 'type', channels.type, 'account', channels.account
  );
end;
$$;

comment on function private.claim_checks is
'Accounts that their platform is to be asked about now, by the caller alone (R70): {channel_id,
type, account}. At once: all of them, as after a start with other tokens.';
revoke all on function private.claim_checks from public;
grant execute on function private.claim_checks to service_role;

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
      retry_at = clock_timestamp() + private.probe_delay(channels.probes + 1, channels.refusals)
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
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case p_state
    when 'queued' then 0
    when 'sending' then 1
    when 'unknown' then 2
    when 'dead' then 2
    when 'sent' then 3
    when 'failed' then 4
    when 'delivered' then 5
    when 'read' then 6
  end;
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
from the outbox, of days long past from their sums; percentiles are true to one per cent. Of what a
platform never reports it says so and gives null. PT403.';
revoke all on function public.delivery_slo from public, anon, authenticated, service_role;
grant execute on function public.delivery_slo to authenticated, service_role;

-- sql/delivery/delivery_sums.sql
create or replace function private.delivery_sums(p_window interval)
returns table (
  channel_id uuid, attempted bigint, accepted bigint, confirmed bigint, read bigint,
  failed bigint, unknown bigint, dead bigint, pending bigint,
  accepted_ms double precision[], confirmed_ms double precision[]
)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    sums.channel_id,
    sum(sums.count) filter (where sums.figure not in ('accepted', 'confirmed', 'seen'))::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'accepted'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'confirmed'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'seen'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'failed'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'unknown'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure = 'dead'), 0)::bigint,
    coalesce(sum(sums.count) filter (where sums.figure in ('queued', 'sending')), 0)::bigint,
    private.wait_percentiles(
      array_agg(sums.step) filter (where sums.figure = 'accepted'),
      array_agg(sums.count) filter (where sums.figure = 'accepted')
    ),
    private.wait_percentiles(
      array_agg(sums.step) filter (where sums.figure = 'confirmed'),
      array_agg(sums.count) filter (where sums.figure = 'confirmed')
    )
  from (
    select figures.channel_id, figures.figure, figures.step, sum(figures.count)::bigint as count
    from private.figures_since(statement_timestamp() - p_window) as figures
    group by 1, 2, 3
  ) as sums
  group by sums.channel_id;
$$;

comment on function private.delivery_sums is
'The counts and the percentiles (50, 95, 99) of the outbox by channel, over so long.';
revoke all on function private.delivery_sums from public;
grant execute on function private.delivery_sums to authenticated, service_role;

-- sql/delivery/doubt_channel.sql
-- A platform that took a message and fails it later fails all that were sent meanwhile: they are
-- one refusal.
create or replace function private.doubt_channel(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set
    refusals = least(channels.refusals + 1, 100),
    judged_at = clock_timestamp(),
    probes = greatest(channels.probes, 1),
    retry_at = greatest(
      channels.retry_at, clock_timestamp() + private.probe_delay(1, channels.refusals + 1)
    )
  where channels.id = p_delivery.channel_id
    and coalesce(channels.judged_at < p_delivery.attempted_at, true);

  if found then
    perform private.lose_channel(
      p_delivery.channel_id, coalesce(p_delivery.error, p_delivery.error_code),
      format('channel %s refuses our account', p_delivery.channel_id)
    );
  end if;
end;
$$;

comment on function private.doubt_channel is
'A platform took a message and refused our account for it later: its queue stops for 5, 10, 20 …
60 minutes, and only a message that arrives is proof that it works again (R70, R76).';
revoke all on function private.doubt_channel from public;
grant execute on function private.doubt_channel to service_role;

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

-- sql/delivery/figures_between.sql
create or replace function private.figures_between(p_from timestamptz, p_until timestamptz)
returns table (channel_id uuid, figure text, step smallint, count bigint)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    groups.channel_id,
    coalesce(
      groups.state::text,
      case
        when groups.accepted_step is not null then 'accepted'
        when groups.confirmed_step is not null then 'confirmed'
        when groups.is_seen then 'seen'
      end
    ),
    coalesce(groups.accepted_step, groups.confirmed_step, 0::smallint),
    groups.count
  from (
    select
      waits.channel_id, waits.state, waits.accepted_step, waits.confirmed_step, waits.is_seen,
      count(*) as count
    from (
      select
        deliveries.channel_id,
        deliveries.state,
        case when deliveries.sent_at is not null then ceil(50 * ln(greatest(
          date_part('epoch', deliveries.sent_at - deliveries.created_at) * 1000, 1
        )))::smallint end as accepted_step,
        case when deliveries.delivered_at is not null then ceil(50 * ln(greatest(
          date_part('epoch', deliveries.delivered_at - deliveries.sent_at) * 1000, 1
        )))::smallint end as confirmed_step,
        deliveries.read_at is not null as is_seen
      from private.deliveries
      where deliveries.created_at >= p_from and deliveries.created_at < p_until
    ) as waits
    group by grouping sets (
      (waits.channel_id, waits.state),
      (waits.channel_id, waits.accepted_step),
      (waits.channel_id, waits.confirmed_step),
      (waits.channel_id, waits.is_seen)
    )
  ) as groups
  where groups.state is not null
    or groups.accepted_step is not null
    or groups.confirmed_step is not null
    or groups.is_seen;
$$;

comment on function private.figures_between is
'The figures of the deliveries queued in a time, as delivery_figures has them for a day: in steps of
two per cent, as counting is faster than sorting.';
revoke all on function private.figures_between from public;
grant execute on function private.figures_between to authenticated, service_role;

-- sql/delivery/figures_since.sql
create or replace function private.figures_since(p_from timestamptz)
returns table (channel_id uuid, figure text, step smallint, count bigint)
language sql
stable
security invoker
set search_path = ''
as $$
  with summed_up as materialized (
    select delivery_days.day
    from private.delivery_days
    where delivery_days.day >= p_from
      and not exists (
        select 1
        from private.delivery_changes
        where delivery_changes.day = delivery_days.day
      )
  ),

  gaps as (
    select
      coalesce(lag(edges.day) over (order by edges.day) + interval '24 hours', p_from) as from_at,
      edges.day as until_at
    from (
      select summed_up.day
      from summed_up
      union all
      select 'infinity'
    ) as edges (day)
  )

  select
    delivery_figures.channel_id, delivery_figures.figure, delivery_figures.step,
    delivery_figures.count
  from summed_up
  join private.delivery_figures on delivery_figures.day = summed_up.day
  union all
  select figures.*
  from gaps
  cross join lateral private.figures_between(gaps.from_at, gaps.until_at) as figures
  where gaps.from_at < gaps.until_at;
$$;

comment on function private.figures_since is
'The figures of all deliveries since a moment: of days that are summed up and have not changed since
their sums, of all other time the rows.';
revoke all on function private.figures_since from public;
grant execute on function private.figures_since to authenticated, service_role;

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
        (messages.content <> '')::integer + files.count = 1
        or files.count = 1
        and coalesce(p_echo -> 'media', '[]') <> '[]'
        and private.takes_caption(
          deliveries.channel_type, messages.content, messages.metadata
        )
      )
    from private.deliveries
    join public.messages on messages.id = deliveries.message_id
    cross join lateral (
      select jsonb_array_length(coalesce(messages.metadata -> 'media', '[]')) as count
    ) as files
    where deliveries.id = p_delivery_id
  );
end;
$$;

comment on function private.is_whole is
'Whether an echo shows all of a delivery, a caption with its file: one part of several says nothing
of the others.';
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
    if v_channel.status <> 'degraded'
      and (v_channel.failed_checks >= 3 or private.has_errors(v_channel, 3)) then
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
        and v_channel.failed_checks < 3
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
'A channel without success while errors come, or whose platform finds fault with it whenever asked,
is degraded, with an alert; success makes it connected again (R70, R76). Returns how many changed.';
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

-- sql/delivery/judge_webhook.sql
-- An address that is not the one we gave was set by somebody, on purpose: it is told and left.
create or replace function private.judge_webhook(p_channel public.channels, p_webhook jsonb)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_url text := coalesce(p_webhook ->> 'url', '');
  v_fault text := case
    when v_url = '' then 'no webhook is registered: romashka channel register ' || p_channel.type
    when v_url <> p_channel.webhook_url then format(
      'webhooks go to %s instead of %s: romashka channel register %s --url …',
      substring(v_url from '^https?://[^/?#]*'), p_channel.webhook_url, p_channel.type
    )
  end;
begin
  if p_webhook is null or p_webhook = 'null' then
    return null;
  elsif v_fault is not null then
    perform private.turn_channel(p_channel.id, false, v_fault);
    return v_fault;
  end if;

  if p_channel.lost_at is not null then
    perform private.turn_channel(p_channel.id, true, null);
  end if;
  if (p_webhook ->> 'waiting')::bigint > 0
    and (p_webhook ->> 'error_at')::timestamptz > coalesce(p_channel.last_in_at, '-infinity') then
    return format(
      '%s webhooks wait, the last one failed: %s', p_webhook ->> 'waiting', p_webhook ->> 'error'
    );
  end if;
  return null;
end;
$$;

comment on function private.judge_webhook is
'What is wrong with the address that a platform sends our webhooks to, null for nothing. One that is
gone or is not ours means that nothing comes in: the channel is lost, and found when it is back
(R76).';
revoke all on function private.judge_webhook from public;
grant execute on function private.judge_webhook to service_role;

-- sql/delivery/keep_webhook.sql
create or replace function private.keep_webhook(p_channel_id uuid, p_url text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set webhook_url = nullif(p_url, ''), check_at = clock_timestamp()
  where channels.id = p_channel_id;

  if not found then
    raise exception using
      errcode = 'PT404', message = format('channel %s not found', p_channel_id);
  end if;
end;
$$;

comment on function private.keep_webhook is
'Keeps where a platform was told to send its webhooks: from now on that is the right address, and a
worker asks at once. PT404.';
revoke all on function private.keep_webhook from public;
grant execute on function private.keep_webhook to service_role;

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
      select private.chat_address(p_delivery, conversations.customer_id)
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
  return p_delivery.part_ids <> '{}' or p_delivery.channel_type <> 'email' and exists (
    select 1
    from public.messages
    join public.channels on channels.id = p_delivery.channel_id
    cross join lateral (
      select
        coalesce(p_delivery.content, messages.content) as text,
        case jsonb_typeof(messages.metadata -> 'media')
          when 'array' then jsonb_array_length(messages.metadata -> 'media') else 0
        end as files
    ) as carried
    where messages.id = p_delivery.message_id
      and (
        private.text_size(channels.type, carried.text) > least(
          channels.max_text_length, case when messages.metadata ? 'choices' then 1000 end
        )
        or carried.files > 1
        or carried.files = 1 and carried.text <> '' and not private.takes_caption(
          channels.type, carried.text, messages.metadata
        )
      )
  );
end;
$$;

comment on function private.may_have_parts is
'Whether a delivery may go out in several parts, of which each has a receipt of its own; a file with
its caption is one, and so is every mail.';
revoke all on function private.may_have_parts from public;
grant execute on function private.may_have_parts to service_role;

-- sql/delivery/measure_delivery.sql
create or replace function private.measure_delivery(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.record_metric(
    'delivery_time', private.milliseconds(p_delivery.sent_at - messages.created_at),
    p_delivery.conversation_id, p_delivery.channel_type
  )
  from public.messages
  where messages.id = p_delivery.message_id;
end;
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

-- sql/delivery/note_access.sql
create or replace function private.note_access(p_channel public.channels, p_state text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_channel.token_state = p_state
    or p_channel.token_state = 'expiring' and p_state = 'valid' then
    return;
  end if;

  perform private.note_token(p_channel.id, jsonb_strip_nulls(jsonb_build_object(
    'state', p_state,
    'expires_at', case
      when p_channel.token_expires_at > clock_timestamp() then p_channel.token_expires_at
    end
  )));
  if p_channel.token_state = 'invalid' then
    perform private.unblock_channel(p_channel.id);
  end if;
end;
$$;

comment on function private.note_access is
'Keeps whether the platform takes our token, where that is news; once it does again the queue
follows. What sends are refused for otherwise is not told by a check, and stays.';
revoke all on function private.note_access from public;
grant execute on function private.note_access to service_role;

-- sql/delivery/note_change.sql
create or replace function private.note_change()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into private.delivery_changes (day)
  values (date_trunc('day', old.created_at, 'UTC'));
  return null;
end;
$$;

comment on function private.note_change is
'Notes the day of a delivery that changes when its day may be summed up already.';
revoke all on function private.note_change from public;
grant execute on function private.note_change to service_role;

create trigger note_deliveries
after update of state, sent_at, delivered_at, read_at, created_at, channel_id or delete
on private.deliveries
for each row when (old.created_at < statement_timestamp() - interval '2 days')
execute function private.note_change();

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

-- sql/delivery/note_check.sql
create or replace function private.note_check(
  p_channel public.channels,
  p_state text,
  p_fault text
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
    checked_at = case
      when p_state = 'silent' then channels.checked_at else clock_timestamp()
    end,
    failed_checks = case when p_fault is null then 0 else channels.failed_checks + 1 end,
    check_at = clock_timestamp() + case
      when p_fault is null then interval '5 minutes'
      else private.probe_delay(channels.failed_checks + 1)
    end,
    last_error_at = case
      when p_fault is null then channels.last_error_at else clock_timestamp()
    end,
    last_error = case when p_fault is null then channels.last_error else left(p_fault, 500) end
  where channels.id = p_channel.id;

  if p_fault is null and p_channel.status = 'unknown' then
    perform private.find_channel(p_channel.id);
  end if;
end;
$$;

comment on function private.note_check is
'Keeps when a platform was asked about our account, what fault it found, and when it is asked next:
soon while it finds any (R70).';
revoke all on function private.note_check from public;
grant execute on function private.note_check to service_role;

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
  where channels.id = p_delivery.channel_id and channels.retry_at > clock_timestamp()
    and coalesce(channels.judged_at < p_delivery.attempted_at, true);
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
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
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
    where messages.id = p_delivery.message_id
  );
end;
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

-- sql/delivery/prove_channel.sql
create or replace function private.prove_channel(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set refusals = 0, judged_at = p_delivery.attempted_at
  where channels.id = p_delivery.channel_id
    and channels.refusals > 0
    and channels.judged_at < p_delivery.attempted_at;

  if found then
    perform private.unblock_channel(p_delivery.channel_id);
  end if;
end;
$$;

comment on function private.prove_channel is
'A message has arrived: an account whose messages were taken and failed later is good again, if this
one was sent since (R76).';
revoke all on function private.prove_channel from public;
grant execute on function private.prove_channel to service_role;

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

-- sql/delivery/record_check.sql
create or replace function private.record_check(p_channel_id uuid, p_data jsonb)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel public.channels;
  v_state text := coalesce(p_data ->> 'state', '');
  v_fault text := coalesce(p_data ->> 'error', 'no reason given');
begin
  select channels.* into v_channel
  from public.channels
  where channels.id = p_channel_id
  for no key update;
  if not found then
    raise exception using
      errcode = 'PT404', message = format('channel %s not found', p_channel_id);
  elsif v_state not in ('valid', 'invalid', 'silent') then
    raise exception using
      errcode = 'PT400',
      message = format('unknown state %s of a check', v_state),
      hint = 'valid, invalid or silent';
  end if;

  if v_state <> 'silent' then
    perform private.note_access(v_channel, v_state);
  end if;
  if v_state = 'valid' then
    v_fault := private.judge_webhook(v_channel, p_data -> 'webhook');
  end if;
  perform private.note_check(v_channel, v_state, v_fault);

  return jsonb_build_object(
    'fault', v_fault,
    'register', case when p_data #>> '{webhook,url}' = '' then v_channel.webhook_url end
  );
end;
$$;

comment on function private.record_check is
'What a platform says of our account: {state: valid, invalid or silent, error, webhook: {url,
waiting, error, error_at}} (R70, R76). Returns {fault, register}: what is wrong, and the address to
register again where the platform has none any more and we had given it one. PT400, PT404.';
revoke all on function private.record_check from public;
grant execute on function private.record_check to service_role;

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
  perform private.unblock_channel(p_delivery.channel_id, false);
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
      case v_class when 'throttled' then least(deliveries.attempts, 5) when 'account' then 1
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
  if p_delivery.state in ('delivered', 'read') then
    perform private.prove_channel(p_delivery);
  end if;

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
'A delivery that a receipt moved: what arrived and what failed count for its channel, what failed
goes by another; what had failed and arrived after all is not sent there, unless somebody has begun
to.';
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
    address = case
      when deliveries.address is not null then coalesce(
        (
          select private.consented_email(conversations.customer_id)
          from public.conversations
          where conversations.id = deliveries.conversation_id
        ),
        deliveries.address
      )
    end,
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
former try is over; parts that went out in a broken try stay out, and a mail that continues a chat
goes to the address that its visitor has left by now. PT404.';
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

-- sql/delivery/roll_up_deliveries.sql
-- Two days after its end little changes any more; an hour more, so that whoever changes something
-- without a note, being just in time for that, has committed.
create or replace function private.roll_up_deliveries(p_limit integer default 1)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_until timestamptz := date_trunc('day', clock_timestamp() - interval '49 hours', 'UTC');
  v_from timestamptz;
  v_day timestamptz;
  v_count integer := 0;
begin
  if not pg_try_advisory_xact_lock(hashtext('private.roll_up_deliveries')) then
    return 0;
  end if;

  select coalesce(
    max(delivery_days.day) + interval '24 hours', date_trunc('day', private.first_hour(), 'UTC')
  )
  into v_from
  from private.delivery_days;

  for v_day in
    select delivery_changes.day
    from private.delivery_changes
    join private.delivery_days on delivery_days.day = delivery_changes.day
    union
    select days.day
    from generate_series(
      greatest(v_from, v_until - interval '9600 hours'), v_until - interval '24 hours',
      interval '24 hours'
    ) as days (day)
    where v_from is not null
    order by 1
    limit p_limit
  loop
    perform private.sum_up_day(v_day);
    v_count := v_count + 1;
  end loop;

  delete from private.delivery_days
  where delivery_days.day < v_until - interval '9600 hours';
  delete from private.delivery_changes
  where delivery_changes.day < v_until - interval '9600 hours';
  return v_count;
end;
$$;

comment on function private.roll_up_deliveries is
'Sums up days of deliveries: those of which something changed since, and the next ones that ended
two days ago; at most so many, for 400 days. Returns how many.';
revoke all on function private.roll_up_deliveries from public;
grant execute on function private.roll_up_deliveries to service_role;

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

-- sql/delivery/sum_up_day.sql
-- Notes go before the rows are counted: what commits in between is counted, and noted still.
create or replace function private.sum_up_day(p_day timestamptz)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  delete from private.delivery_changes
  where delivery_changes.day = p_day;

  insert into private.delivery_days (day)
  values (p_day)
  on conflict (day) do nothing;

  delete from private.delivery_figures
  where delivery_figures.day = p_day;

  insert into private.delivery_figures (day, channel_id, figure, step, count)
  select p_day, figures.channel_id, figures.figure, figures.step, figures.count
  from private.figures_between(p_day, p_day + interval '24 hours') as figures;
end;
$$;

comment on function private.sum_up_day is
'Sums up a day of deliveries, anew where that was done before.';
revoke all on function private.sum_up_day from public;
grant execute on function private.sum_up_day to service_role;

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

-- sql/delivery/takes_caption.sql
-- What WhatsApp takes no caption with, or may take as another kind, counts as two.
create or replace function private.takes_caption(
  p_channel_type text,
  p_text text,
  p_metadata jsonb
)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case p_channel_type
    when 'whatsapp' then length(p_text) <= 1024
      and not p_metadata ? 'choices'
      and p_metadata #>> '{media,0,kind}' in ('image', 'video', 'document', 'file')
    when 'telegram' then private.text_size('telegram', btrim(p_text, E' \t\r\n')) <= 1024
    else false
  end;
end;
$$;

comment on function private.takes_caption is
'Whether a platform takes this text and the first file of the message in one call.';
revoke all on function private.takes_caption from public;
grant execute on function private.takes_caption to service_role;

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

-- sql/delivery/text_size.sql
create or replace function private.text_size(p_channel_type text, p_text text)
returns integer
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case p_channel_type
    when 'instagram' then octet_length(p_text)
    when 'telegram' then length(p_text)
      + length(regexp_replace(p_text, '[\u0001-\uffff]', '', 'g'))
    else length(p_text)
  end;
end;
$$;

comment on function private.text_size is
'How long a text is by the measure of the platform that limits it: bytes on Instagram, UTF-16 units
on Telegram, else characters.';
revoke all on function private.text_size from public;
grant execute on function private.text_size to service_role;

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
create or replace function private.unblock_channel(
  p_channel_id uuid,
  p_is_proven boolean default true
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
    retry_at = null,
    probes = 0,
    refusals = 0,
    judged_at = case
      when channels.refusals > 0 then clock_timestamp() else channels.judged_at
    end,
    paused_until = case
      when channels.paused_until > clock_timestamp() then channels.paused_until
    end
  where channels.id = p_channel_id
    and (p_is_proven or channels.refusals = 0)
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
'Our account is good, the queue follows (R76): a message has arrived or an admin says so; that the
platform has taken one is proof only while it does not refuse later what it takes.';
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
from steps of delivery_figures.';
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
  perform private.withdraw_mails(v_customer_id);

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
  from (
    select 1
    from private.deliveries
    where private.mailbox_of(deliveries.address) = private.mailbox_of(p_email)
      and deliveries.address is not null
      and deliveries.created_at > statement_timestamp() - interval '1 day'
    limit 20
  ) as mails;

  return greatest(
    coalesce(p_conversation.visitor_seen_at, p_newest.created_at) + interval '10 minutes',
    p_newest.created_at + interval '1 minute',
    v_last_at + interval '15 minutes',
    case when v_count = 20 then clock_timestamp() + interval '1 hour' end
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

create index deliveries_mailbox_idx on private.deliveries (private.mailbox_of(address), created_at)
where address is not null;

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
  perform private.withdraw_mails(p_to_id);
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

-- sql/website/withdraw_mails.sql
create or replace function private.withdraw_mails(p_customer_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  with withdrawn as (
    delete from private.deliveries
    using public.conversations
    where conversations.customer_id = p_customer_id
      and deliveries.conversation_id = conversations.id
      and deliveries.address is distinct from private.consented_email(p_customer_id)
      and deliveries.address is not null
      and deliveries.state = 'queued'
      and deliveries.attempts = 0
    returning deliveries.conversation_id
  )

  insert into private.unread_chats (conversation_id, due_at)
  select distinct withdrawn.conversation_id, clock_timestamp() + interval '1 minute'
  from withdrawn
  on conflict (conversation_id) do nothing;
end;
$$;

comment on function private.withdraw_mails is
'Takes back the mails that wait for an address its visitor has left for another or taken back; what
was in them is unread again.';
revoke all on function private.withdraw_mails from public;
grant execute on function private.withdraw_mails to service_role;

-- sql/knowledge/addresses_assistant.sql
-- Letters that cannot be seen and wide forms are undone first: they hide words from patterns alone.
create or replace function private.addresses_assistant(p_text text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select substring(
    lower(regexp_replace(
      normalize(p_text, nfkc), '[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]', '', 'g'
    )),
    '(?:' || concat_ws(
      '|',
      '(?:ignore|disregard|forget|override|bypass)[^.!?\n]{0,40}'
      || '(?:instruction|prompt|guideline|previous rule|your rules)',
      '(?:ignorier|vergiss|missachte|vergessen sie)[^.!?\n]{0,40}(?:anweisung|vorgabe|prompt)',
      '(?:ignor|olvid|esque[çc]|dimentic|oubli)[^.!?\n]{0,40}'
      || '(?:instruc|instruç|istruzion|consigne|indicacion|indicaç)',
      '(?:negeer|vergeet)[^.!?\n]{0,40}(?:instructie|opdracht|aanwijzing)',
      '(?:zignoruj|ignoruj|zapomnij)[^.!?\n]{0,40}(?:instrukcj|polece)',
      '(?:игнорируй|забудь|проигнорируй)[^.!?\n]{0,40}(?:инструкц|указани|правил)',
      '(?:talimat|yönerge|komut)[^.!?\n]{0,40}(?:yok say|unut|görmezden gel|dikkate alma)',
      '(?:تجاهل|انس)[^.!?\n]{0,40}(?:التعليمات|تعليمات|الأوامر)',
      '(?:忽略|无视|忘记|無視|忘記)[^。！？\n]{0,20}(?:指令|指示|提示|规则|說明|说明)',
      '(?:system|developer) (?:prompt|message)', '<\|?(?:im_start|im_end|system|assistant)\|?>',
      '\[/?inst\]', '(?:^|\n)\s*#*\s*(?:system|assistant)\s*:'
      || '\s*(?:you|ignore|reveal|grant|give|say|tell|reply|always|never)\M',
      'you are (?:now|no longer) (?:an?|the|in) ', 'as an ai(?: language)? (?:model|assistant)',
      '(?:dear|attention|note to|hey) (?:the )?(?:ai|assistant|chat ?bot|language model)',
      '(?:assistant|chat ?bot|ai|model) (?:must|should|shall|has to|will now) '
      || '(?:now |always |only )?'
      || '(?:offer|say|tell|reply|ignore|reveal|give|grant|promise|confirm|refund|add)\M'
    ) || ')'
  );
$$;

comment on function private.addresses_assistant is
'The words of an article that speak to a model instead of to customers ("ignore all instructions"),
null where there are none. It finds what is plain; what an article says is data in any case.';
revoke all on function private.addresses_assistant from public;
grant execute on function private.addresses_assistant to authenticated, service_role;

-- sql/knowledge/best_passage.sql
create or replace function private.best_passage(p_article_id uuid, p_chunk_id uuid)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select knowledge_chunks.content
    from public.knowledge_chunks
    where knowledge_chunks.article_id = p_article_id and knowledge_chunks.kind = 'body'
    order by knowledge_chunks.id = p_chunk_id desc, knowledge_chunks.position
    limit 1
  );
end;
$$;

comment on function private.best_passage is
'The paragraph to answer from: the one that matched, or the article''s first.';
revoke all on function private.best_passage from public;
grant execute on function private.best_passage to authenticated, service_role;

-- sql/knowledge/character_runs.sql
-- Signs are named one by one: the class of punctuation holds vowel signs of Thai and its kin.
create or replace function private.character_runs(p_text text, p_size integer)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(string_agg(substr(words.word, starts.place, p_size), ' '), '')
    from regexp_split_to_table(
      lower(p_text), '[[:space:]!-/:-@[-`{-~。、，！？「」（）・：；]+'
    ) as words (word)
    cross join lateral generate_series(1, greatest(length(words.word) - p_size + 1, 1))
      as starts (place)
    where words.word <> ''
  );
end;
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

-- sql/knowledge/closeness.sql
-- The middle of an article's phrasings tells more than its nearest piece: one odd phrasing pulls
-- many questions, their middle does not. How alike they are says what a distance to it is worth.
create or replace function private.closeness(
  p_article_id uuid,
  p_embedding extensions.vector,
  p_model text
)
returns table (
  cosine double precision,
  pair double precision,
  centre double precision,
  tightness double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  with pieces as materialized (
    select
      knowledge_chunks.embedding,
      knowledge_chunks.kind = 'phrasing' as is_phrasing,
      -(knowledge_chunks.embedding operator(extensions.<#>) p_embedding) as cosine
    from public.knowledge_chunks
    where knowledge_chunks.article_id = p_article_id
      and knowledge_chunks.embedding_model = p_model
  ),

  middle as materialized (
    select
      coalesce(
        extensions.avg(pieces.embedding) filter (where pieces.is_phrasing),
        extensions.avg(pieces.embedding)
      ) as embedding,
      array_agg(pieces.cosine order by pieces.cosine desc) as cosines
    from pieces
  )

  select
    middle.cosines[1],
    (middle.cosines[1] + coalesce(middle.cosines[2], middle.cosines[1])) / 2,
    -(middle.embedding operator(extensions.<#>) p_embedding)
    / nullif(extensions.vector_norm(middle.embedding), 0),
    extensions.vector_norm(middle.embedding)
  from middle;
end;
$$;

comment on function private.closeness is
'How near an article is to a question by meaning: the cosine of its nearest piece, the mean of the
two nearest, that of its phrasings'' middle, and how alike the phrasings are, 1 when the same.';
revoke all on function private.closeness from public;
grant execute on function private.closeness to authenticated, service_role;

-- sql/knowledge/common_topics.sql
-- Of each language only the first few are looked at, by an index in their order.
create or replace function private.common_topics(p_language text, p_limit integer default 3)
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
        'article_id', topics.id, 'title', topics.title, 'language', topics.language
      )
      order by topics.place
    ), '[]')
    from (
      select
        first.id, first.title, first.language,
        row_number() over (
          partition by case when p_language is null then first.language end
          order by
            split_part(lower(first.language), '-', 1) = split_part(lower(p_language), '-', 1) desc,
            cardinality(first.phrasings) desc, first.created_at, first.id
        ) as place
      from private.searched_languages(null) as languages (language)
      cross join lateral (
        select knowledge_articles.*
        from public.knowledge_articles
        where knowledge_articles.language = languages.language
          and knowledge_articles.is_published
          and knowledge_articles.visibility = 'public'
          and clock_timestamp() >= coalesce(knowledge_articles.valid_from, '-infinity')
          and clock_timestamp() < coalesce(knowledge_articles.valid_until, 'infinity')
        order by
          cardinality(knowledge_articles.phrasings) desc, knowledge_articles.created_at,
          knowledge_articles.id
        limit p_limit
      ) as first
    ) as topics
    where topics.place <= p_limit
  );
end;
$$;

comment on function private.common_topics is
'What to offer a customer who has not said yet what it is about: [{article_id, title, language}], so
many of every language while theirs is not known.';
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
create or replace function private.cover_question(
  p_question text,
  p_language text,
  p_for_agents boolean default false
)
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
  from private.pieces_with(
    v_words, p_language, v_most_pieces, v_candidates, p_for_agents
  ) as pieces
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
  p_limit integer,
  p_for_agents boolean default false
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
    cross join lateral private.cover_question(
      left(p_question, 2000), languages.language, p_for_agents
    ) as pieces
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

-- sql/knowledge/import_article.sql
create or replace function private.import_article(p_item jsonb, p_dry_run boolean)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_known public.knowledge_articles;
  v_new public.knowledge_articles := jsonb_populate_record(
    null::public.knowledge_articles, p_item - 'id'
  );
  v_flag text;
  v_state text;
begin
  v_new.title := btrim(v_new.title);
  v_new.phrasings := coalesce(v_new.phrasings, '{}');
  v_known := private.known_article(p_item);

  v_state := case
    when v_known.id is null then 'added'
    when (v_known.title, v_known.body, v_known.language, v_known.phrasings)
      is distinct from (v_new.title, v_new.body, v_new.language, v_new.phrasings) then 'changed'
    else 'unchanged'
  end;
  if v_state <> 'unchanged' then
    v_flag := private.addresses_assistant(
      concat_ws(E'\n', v_new.title, v_new.body, array_to_string(v_new.phrasings, E'\n'))
    );
    v_new.is_published := v_flag is null and coalesce(v_known.is_published, true);
    if not p_dry_run then
      v_known.id := private.store_article(v_known.id, v_new, p_item);
    end if;
  end if;
  return jsonb_strip_nulls(jsonb_build_object(
    'id', v_known.id, 'state', v_state, 'flagged', v_flag
  ));
end;
$$;

comment on function private.import_article is
'Adds or changes an article as a document has it: {id, state: added|changed|unchanged, flagged}.
What speaks to the assistant is kept unpublished, with the words that do so in flagged.';
revoke all on function private.import_article from public;
grant execute on function private.import_article to authenticated, service_role;

-- sql/knowledge/import_articles.sql
create or replace function public.import_articles(
  p_articles jsonb,
  p_dry_run boolean default false
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_results jsonb;
begin
  perform private.require_admin();
  if jsonb_typeof(p_articles) is distinct from 'array' then
    raise exception 'there is no list of articles'
    using errcode = 'PT400', hint = 'Give [{source, key, title, body, language, phrasings, line}].';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('public.import_articles', 0));

  select coalesce(jsonb_agg(
    jsonb_strip_nulls(jsonb_build_object('line', judged.item -> 'line'))
    || jsonb_build_object('title', left(judged.item ->> 'title', 200))
    || case
      when judged.fault is not null
        then jsonb_build_object('state', 'refused', 'reason', judged.fault)
      else private.import_article(judged.item, p_dry_run)
    end
    order by judged.place
  ), '[]')
  into v_results
  from private.judge_import(p_articles) as judged;
  return v_results;
end;
$$;

comment on function public.import_articles is
'Makes articles of a document''s parts: [{source, key, title, body, language, phrasings, source_url,
id, line}]. The same part again is the same article, and what has not changed makes no version.
Gives for each {line, title, id, state: added|changed|unchanged|refused, reason, flagged}; p_dry_run
changes nothing. PT400, PT403.';
revoke all on function public.import_articles from public, anon, authenticated, service_role;
grant execute on function public.import_articles to authenticated, service_role;

-- sql/knowledge/import_fault.sql
create or replace function private.import_fault(p_item jsonb)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if jsonb_typeof(p_item) <> 'object' then
    return 'is no article';
  elsif coalesce(p_item ->> 'source', '') = '' or coalesce(p_item ->> 'key', '') = '' then
    return 'says not where it comes from';
  elsif length(p_item ->> 'source') > 2000 or length(p_item ->> 'key') > 1000 then
    return 'comes from an address or a heading that is too long';
  elsif coalesce(p_item ->> 'title', '') !~ '\S' then
    return 'has no title';
  elsif length(btrim(p_item ->> 'title')) > 500 then
    return 'has a title of more than 500 characters';
  elsif coalesce(p_item ->> 'body', '') !~ '\S' then
    return 'has no text';
  elsif length(p_item ->> 'body') > 200000 then
    return 'has more than 200,000 characters';
  elsif coalesce(p_item ->> 'language', '') !~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$' then
    return format('is in no language that we know of: %L', left(p_item ->> 'language', 40));
  elsif jsonb_typeof(coalesce(p_item -> 'phrasings', '[]')) <> 'array' then
    return 'has phrasings that are no list';
  elsif jsonb_array_length(coalesce(p_item -> 'phrasings', '[]')) > 200 then
    return 'has more than 200 phrasings';
  elsif exists (
    select
    from jsonb_array_elements(coalesce(p_item -> 'phrasings', '[]')) as phrasings (value)
    where jsonb_typeof(phrasings.value) <> 'string' or length(phrasings.value #>> '{}') > 1000
  ) then
    return 'has a phrasing that is no text of at most 1,000 characters';
  end if;
  return null;
end;
$$;

comment on function private.import_fault is
'Why a part of a document cannot become an article, null when it can.';
revoke all on function private.import_fault from public;
grant execute on function private.import_fault to authenticated, service_role;

-- sql/knowledge/judge_import.sql
create or replace function private.judge_import(p_articles jsonb)
returns table (item jsonb, place bigint, fault text)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    given.value, given.place,
    coalesce(
      private.import_fault(given.value),
      case when row_number() over (
        partition by given.value ->> 'source', given.value ->> 'key' order by given.place
      ) > 1 then 'has the place of another' end
    )
  from jsonb_array_elements(p_articles) with ordinality as given (value, place);
end;
$$;

comment on function private.judge_import is
'The parts of a document in order, each with why it cannot become an article, if so.';
revoke all on function private.judge_import from public;
grant execute on function private.judge_import to authenticated, service_role;

-- sql/knowledge/keep_version.sql
-- Security definer: admins edit articles; their history is nobody's to write.
create or replace function private.keep_version()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into public.knowledge_versions (
    article_id, version, title, body, phrasings, language, changed_by
  )
  values (
    new.id, new.version, new.title, new.body, new.phrasings, new.language, (select auth.uid())
  );
  return null;
end;
$$;

comment on function private.keep_version is
'Trigger: keeps the text of an article that is new or changed, beside those it had before.';
revoke all on function private.keep_version from public;

create trigger keep_version
after insert on public.knowledge_articles
for each row execute function private.keep_version();

create trigger keep_version_again
after update on public.knowledge_articles
for each row
when (old.version is distinct from new.version)
execute function private.keep_version();

-- sql/knowledge/knowledge_version.sql
create or replace function public.knowledge_version(
  p_article_id uuid,
  p_version integer default null
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_kept jsonb;
begin
  perform private.require_agent();
  select to_jsonb(knowledge_versions) || jsonb_build_object(
    'is_deleted', not exists (
      select from public.knowledge_articles where knowledge_articles.id = p_article_id
    )
  )
  into v_kept
  from public.knowledge_versions
  where knowledge_versions.article_id = p_article_id
    and knowledge_versions.version = coalesce(p_version, knowledge_versions.version)
  order by knowledge_versions.version desc
  limit 1;

  if v_kept is null then
    raise exception using
      errcode = 'PT404',
      message = format('article %s has no version %s', p_article_id, coalesce(p_version, 1)),
      hint = 'select version from knowledge_versions where article_id = … lists those it had';
  end if;
  return v_kept;
end;
$$;

comment on function public.knowledge_version is
'The text of an article as it was in a version, or newest if none is named; also when the article is
gone: {article_id, version, title, body, phrasings, language, changed_by, changed_at, is_deleted}.
PT403, PT404.';
revoke all on function public.knowledge_version from public, anon, authenticated, service_role;
grant execute on function public.knowledge_version to authenticated, service_role;

-- sql/knowledge/known_article.sql
create or replace function private.known_article(p_item jsonb)
returns public.knowledge_articles
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_known public.knowledge_articles;
begin
  select * into v_known
  from public.knowledge_articles
  where knowledge_articles.id::text = lower(p_item ->> 'id')
  for update;

  if not found then
    select * into v_known
    from public.knowledge_articles
    where knowledge_articles.imported_from = p_item ->> 'source'
      and knowledge_articles.import_key = p_item ->> 'key'
    for update;
  end if;
  return v_known;
end;
$$;

comment on function private.known_article is
'The article that a part of a document was before, locked: by its id, where the document was
exported from here, else by where it stands; nothing if it is new.';
revoke all on function private.known_article from public;
grant execute on function private.known_article to authenticated, service_role;

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
  v_runs text[];
begin
  if p_word is null then
    return null;
  end if;

  for v_place in 1..greatest(length(v_word) - 3, 1) loop
    v_runs[v_place] := substr(v_word, v_place, 4);
  end loop;
  return v_runs;
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
  p_limit integer,
  p_for_agents boolean default false
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
    and (p_for_agents or knowledge_articles.visibility = 'public')
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
  p_limit integer,
  p_for_agents boolean default false
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
  where (p_for_agents or knowledge_articles.visibility = 'public')
    and private.holds_now(
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
-- signs of Hindi for punctuation. What it calls 12 stands between words.
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
  where words.tokid <> 12
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
  p_model text default null,
  p_for_agents boolean default false
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
    from private.covered_articles(p_question, p_language, 50, p_for_agents) as best
  ),

  candidates as (
    select covered.article_id from covered
    union
    select private.near_articles(p_embedding, p_model, p_language, 60, p_for_agents)
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
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case split_part(lower(p_language), '-', 1)
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
    else 'pg_catalog.simple'::regconfig
  end;
end;
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
  p_embedding extensions.vector default null, p_embedding_model text default null,
  p_for_agents boolean default false
)
returns table (
  article_id uuid, chunk_id uuid,
  title text,
  content text,
  article text,
  phrasing text,
  phrasings text[],
  language text,
  source_url text,
  coverage double precision, cosine double precision,
  pair double precision, centre double precision, tightness double precision,
  rank integer, version integer
)
language plpgsql
stable
security invoker
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  perform private.require_embedding(p_embedding, p_embedding_model);
  return query
  select
    best.article_id, best.chunk_id, knowledge_articles.title,
    private.best_passage(best.article_id, best.chunk_id), knowledge_articles.body,
    case when knowledge_chunks.kind = 'phrasing' then knowledge_chunks.content end,
    knowledge_articles.phrasings, knowledge_articles.language, knowledge_articles.source_url,
    best.coverage, best.cosine, close.pair, close.centre, close.tightness, best.rank,
    knowledge_articles.version
  from private.rank_articles(
    p_question, p_language, p_limit, p_embedding, p_embedding_model, p_for_agents
  ) as best
  join public.knowledge_articles on knowledge_articles.id = best.article_id
  join public.knowledge_chunks on knowledge_chunks.id = best.chunk_id
  left join lateral private.closeness(best.article_id, p_embedding, p_embedding_model) as close
    on p_embedding is not null
  order by best.rank;
end;
$$;

comment on function public.search_knowledge is
'The articles that answer a question best (R53), best first; null searches every language.
coverage is the share of the question''s information that the article''s best piece holds, 0 to 1;
cosine the best inner product of p_embedding and a piece''s vector, pair of the two
nearest, centre of its phrasings'' middle, tightness how alike they are, null without. Articles that
only agents may see are found with p_for_agents alone, by whoever may read them. PT400.';
revoke all on function public.search_knowledge from public, anon, authenticated, service_role;
grant execute on function public.search_knowledge to authenticated, service_role;

-- sql/knowledge/search_terms.sql
-- Signs of Chinese, Japanese and Korean hold about as much in two as letters of Thai, Khmer, Lao
-- and Burmese, with their vowel signs, in three.
create or replace function private.search_terms(p_language text, p_text text)
returns tsvector
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when not private.writes_unspaced(p_language)
      then to_tsvector(private.search_configuration(p_language), left(p_text, 20000))
    else to_tsvector('pg_catalog.simple', private.character_runs(
      left(p_text, 20000),
      case when lower(left(p_language, 2)) in ('zh', 'ja', 'ko') then 2 else 3 end
    ))
  end;
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

-- sql/knowledge/store_article.sql
create or replace function private.store_article(
  p_article_id uuid,
  p_new public.knowledge_articles,
  p_item jsonb
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
  if p_article_id is null then
    insert into public.knowledge_articles (
      title, body, language, phrasings, is_published, source_url, imported_from, import_key
    )
    values (
      p_new.title, p_new.body, p_new.language, p_new.phrasings, p_new.is_published,
      p_new.source_url, p_item ->> 'source', p_item ->> 'key'
    )
    returning knowledge_articles.id into v_id;
    return v_id;
  end if;

  update public.knowledge_articles
  set
    title = p_new.title, body = p_new.body, language = p_new.language,
    phrasings = p_new.phrasings, is_published = p_new.is_published
  where knowledge_articles.id = p_article_id
  returning knowledge_articles.id into v_id;
  return v_id;
end;
$$;

comment on function private.store_article is
'Writes an imported article: a new one, or the new text of one that there is.';
revoke all on function private.store_article from public;
grant execute on function private.store_article to authenticated, service_role;

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
  if tg_op = 'INSERT' then
    new.version := coalesce((
      select max(knowledge_versions.version) + 1
      from public.knowledge_versions
      where knowledge_versions.article_id = new.id
    ), 1);
    return new;
  end if;

  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end;
$$;

comment on function private.version_article is
'Trigger: counts the versions of an article''s text; one that was deleted and comes back under its
id goes on where it was.';
revoke all on function private.version_article from public;

create trigger version_new_article before insert on public.knowledge_articles
for each row execute function private.version_article();

create trigger version_article before update on public.knowledge_articles
for each row
when (
  (old.title, old.body, old.phrasings, old.language)
  is distinct from (new.title, new.body, new.phrasings, new.language)
)
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
  with counted as materialized (
    select words.term, words.word, private.term_articles(p_language, words.term) as articles
    from private.question_words(p_question, p_language) as words
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
    jsonb_strip_nulls(jsonb_build_object(
      'choices', p_reply -> 'choices',
      'sentiment', left(coalesce(
        p_reply #>> '{signals,sentiment}', p_reply ->> 'sentiment'
      ), 100)
    ))
  );
  return v_message_id;
end;
$$;

comment on function private.add_ai_message is
'Writes the AI''s one message of a turn, with confidence, sources, tokens and time (R22).';
revoke all on function private.add_ai_message from public;
grant execute on function private.add_ai_message to service_role;

-- sql/ai/ai_messages.sql
create or replace function private.ai_messages(
  p_conversation_id uuid,
  p_first_seq integer,
  p_last_seq integer
)
returns public.messages[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return array(
    select messages
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.seq between p_first_seq and p_last_seq
      and messages.sender_type = 'ai'
      and coalesce(messages.intent_detected, '') not in ('greeting', 'thanks', 'opt_out', 'opt_in')
    order by messages.seq desc
    limit 50
  );
end;
$$;

comment on function private.ai_messages is
'What the AI said between two seqs, small talk left out, newest first, fifty at most.';
revoke all on function private.ai_messages from public;
grant execute on function private.ai_messages to service_role;

-- sql/ai/ai_response_of.sql
-- Security definer: visitors see no row of the turns, yet may ask what came of their own.
create or replace function private.ai_response_of(p_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  select reply_jobs.* into v_job
  from (
    select p_id as conversation_id, null::integer as seq, null::uuid as reply_job_id
    union all
    select messages.conversation_id, messages.seq, messages.reply_job_id
    from public.messages
    where messages.id = p_id
  ) as meant
  join private.reply_jobs on reply_jobs.conversation_id = meant.conversation_id
  where not reply_jobs.is_shadow
    and (
      meant.seq is null or reply_jobs.id = meant.reply_job_id
      or meant.seq between reply_jobs.first_seq and reply_jobs.last_seq
    )
    and (
      private.actor_role() <> 'visitor'
      or meant.conversation_id in (select private.my_conversations())
    )
  order by reply_jobs.created_at desc
  limit 1;

  if v_job.id is null then
    raise exception using
      errcode = 'PT404',
      message = format('no turn of the AI for %s', p_id),
      hint = 'give the id of a conversation, of a customer''s question or of the answer to it';
  end if;

  return private.shown_turn(v_job);
end;
$$;

comment on function private.ai_response_of is
'The turn of a conversation or message as its customer may see it; PT404.';
revoke all on function private.ai_response_of from public;
grant execute on function private.ai_response_of to authenticated, service_role;

-- sql/ai/ai_setting.sql
-- Called for every turn: one pass over the few rows that apply, the closest one first.
create or replace function private.ai_setting(p_channel_type text, p_language text)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_close jsonb[];
  v_setting jsonb := '{"mode": "auto", "confidence_threshold": 0.7, "max_wrong_rate": 0.05}';
  v_row jsonb;
begin
  select array_agg(
    jsonb_strip_nulls(to_jsonb(ai_settings))
    order by ai_settings.channel_type is not null, ai_settings.language is not null
  )
  into v_close
  from public.ai_settings
  where coalesce(ai_settings.channel_type, p_channel_type) = p_channel_type
    and (ai_settings.language is null or private.speaks(p_language, ai_settings.language));

  foreach v_row in array coalesce(v_close, '{}') loop
    v_setting := v_setting || v_row;
  end loop;
  return v_setting || jsonb_build_object(
    'tuned_threshold', private.tuned_threshold(
      p_channel_type, p_language, (v_setting ->> 'max_wrong_rate')::double precision
    )
  );
end;
$$;

comment on function private.ai_setting is
'How the AI answers on a channel in a language, every field of the closest row that says something:
{mode, confidence_threshold, max_wrong_rate, tuned_threshold, instructions, tone, guardrails,
answers_per_hour}; what no row says is missing, or the default.';
revoke all on function private.ai_setting from public;
grant execute on function private.ai_setting to authenticated, service_role;

create trigger touch_ai_settings before update on public.ai_settings
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_ai_settings after insert or update or delete on public.ai_settings
for each row execute function private.audit_change();

-- sql/ai/alike_questions.sql
-- Of each word the commonest wording that has it may be a head: a wording joins the commonest of
-- those of its own words with which it shares half of the longer one's words, and goes with it to
-- the head of that one. All wordings against all would be the square of a month.
-- The planner takes every step for a handful of rows, and would sort them all for merges.
create or replace function private.alike_questions(p_since timestamptz)
returns table (run_id uuid, language text, conversation_id uuid, asked_at timestamptz)
language plpgsql
stable
security invoker
set search_path = ''
set work_mem = '32MB'
set enable_mergejoin = off
as $$
begin
  return query
  with wordings as materialized (
    select * from private.question_wordings(p_since)
  ),

  said as materialized (
    select wordings.place, wordings.language, words.term
    from wordings
    cross join lateral unnest(wordings.terms) as words (term)
  ),

  pairs as (
    select distinct said.place, heads.head
    from said
    join (
      select said.language, said.term, min(said.place) as head
      from said
      group by said.language, said.term
    ) as heads on heads.term = said.term and heads.language = said.language
    where heads.head < said.place
  ),

  near as materialized (
    select pairs.place, min(pairs.head) as head
    from pairs
    join wordings as own on own.place = pairs.place
    join wordings as head on head.place = pairs.head
    where 2 * (
      select count(*) from unnest(own.terms) as words (term) where words.term = any (head.terms)
    ) >= greatest(cardinality(own.terms), cardinality(head.terms))
    group by pairs.place
  )

  select head.run_id, own.language, unnest(own.conversation_ids), own.last_asked
  from wordings as own
  left join near on near.place = own.place
  left join near as further on further.place = near.head
  join wordings as head on head.place = coalesce(further.head, near.head, own.place);
end;
$$;

comment on function private.alike_questions is
'The questions since then that no article answered, each with the run whose wording stands for it.';
revoke all on function private.alike_questions from public;
grant execute on function private.alike_questions to authenticated, service_role;

-- sql/ai/answer_given_back.sql
-- Security definer: agents may not open turns themselves, only by giving a conversation back.
-- Whoever asked has waited for people until now: the six seconds begin with the return.
create or replace function private.answer_given_back(p_conversation_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.open_turn_from(conversations.id, conversations.last_message_at)
  from public.conversations
  where conversations.id = p_conversation_id;
end;
$$;

comment on function private.answer_given_back is
'Opens the AI''s turn for what nobody has answered in a conversation whose last message is that it
was given back. PT403 for anybody but agents.';
revoke all on function private.answer_given_back from public;
grant execute on function private.answer_given_back to authenticated, service_role;

-- sql/ai/answer_of_agent.sql
create or replace function private.answer_of_agent(p_conversation_id uuid, p_after timestamptz)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  with first as (
    select min(messages.seq) as seq
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.sender_type = 'agent'
      and not messages.is_private
      and messages.deleted_at is null
      and messages.created_at > p_after
  )

  select nullif(string_agg(messages.content, E'\n' order by messages.seq), '')
  from first
  join public.messages
    on messages.conversation_id = p_conversation_id
    and messages.seq >= first.seq
    and messages.sender_type = 'agent'
    and not messages.is_private
    and messages.deleted_at is null
  where messages.seq < coalesce((
    select min(replies.seq)
    from public.messages as replies
    where replies.conversation_id = p_conversation_id
      and replies.seq > first.seq
      and replies.sender_type = 'customer'
  ), messages.seq + 1);
$$;

comment on function private.answer_of_agent is
'What agents said first after that moment, up to the customer''s next message; null if nothing.';
revoke all on function private.answer_of_agent from public;
grant execute on function private.answer_of_agent to service_role;

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

-- sql/ai/apply_hand_over_rule.sql
create or replace function private.apply_hand_over_rule(p_conversation_id uuid, p_rule_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.conversations
  set
    assigned_agent_id = coalesce(
      conversations.assigned_agent_id,
      (
        select agents.id
        from public.agents
        where agents.id = hand_over_rules.assign_agent_id and agents.is_active
      )
    ),
    priority = coalesce(hand_over_rules.priority, conversations.priority),
    tags = array(
      select distinct unnest(conversations.tags || hand_over_rules.tags)
      order by 1
    )
  from public.hand_over_rules
  where conversations.id = p_conversation_id
    and hand_over_rules.id = p_rule_id
    and (
      num_nonnulls(hand_over_rules.assign_agent_id, hand_over_rules.priority) > 0
      or hand_over_rules.tags <> '{}'
    );
end;
$$;

comment on function private.apply_hand_over_rule is
'Gives a conversation the priority and tags of the rule that hands it over, and its agent where
nobody has it.';
revoke all on function private.apply_hand_over_rule from public;
grant execute on function private.apply_hand_over_rule to service_role;

-- sql/ai/apply_suggestion.sql
create or replace function private.apply_suggestion(
  p_suggestion public.knowledge_suggestions,
  p_edited jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_question text := coalesce(p_edited ->> 'question', p_suggestion.question);
  v_title text := coalesce(p_edited ->> 'title', v_question);
  v_body text := coalesce(p_edited ->> 'body', p_suggestion.answer);
  v_id uuid := p_suggestion.article_id;
begin
  if concat_ws(' ', v_title, v_body, v_question) ~ '\[(?:e-mail|name|number)\]' then
    raise exception 'a masked place is left in the text'
    using errcode = 'PT400', hint = 'Give the text without it in p_edited: question, title, body.';
  end if;

  if p_suggestion.kind = 'article' then
    insert into public.knowledge_articles (title, body, language, phrasings)
    values (
      v_title, v_body, coalesce(p_edited ->> 'language', p_suggestion.language), array[v_question]
    )
    returning knowledge_articles.id into v_id;
  else
    update public.knowledge_articles
    set phrasings = array_append(knowledge_articles.phrasings, v_question)
    where knowledge_articles.id = v_id and v_question <> all (knowledge_articles.phrasings);
  end if;
  return v_id;
end;
$$;

comment on function private.apply_suggestion is
'Writes the article or the phrasing that was approved, as somebody edited it: {question, title,
body, language}. PT400.';
revoke all on function private.apply_suggestion from public;
grant execute on function private.apply_suggestion to authenticated, service_role;

-- sql/ai/apply_threshold.sql
-- Security definer: nobody may write thresholds but the labels.
create or replace function private.apply_threshold(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision,
  p_found jsonb
)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_admin();
  perform private.store_threshold(p_channel_type, p_language, p_max_wrong_rate, p_found);
  perform private.audit(
    'tune', 'ai_thresholds', concat_ws('/', p_channel_type, p_language), p_found
  );
end;
$$;

comment on function private.apply_threshold is
'Makes what labels say the gate; PT403 for anybody but admins.';
revoke all on function private.apply_threshold from public;
grant execute on function private.apply_threshold to authenticated, service_role;

-- sql/ai/article_passage.sql
create or replace function private.article_passage(p_article_id text)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'article_id', knowledge_articles.id,
      'chunk_id', null,
      'title', knowledge_articles.title,
      'content', private.best_passage(knowledge_articles.id, null),
      'article', knowledge_articles.body,
      'phrasing', null,
      'language', knowledge_articles.language,
      'source_url', knowledge_articles.source_url,
      'coverage', 1,
      'rank', 1,
      'version', knowledge_articles.version
    )
    from public.knowledge_articles
    where knowledge_articles.id::text = p_article_id
      and knowledge_articles.visibility = 'public'
      and private.holds_now(
        knowledge_articles.is_published,
        knowledge_articles.valid_from, knowledge_articles.valid_until
      )
  );
end;
$$;

comment on function private.article_passage is
'An article that the customer chose, in the form of a search''s find; null when it holds no more.';
revoke all on function private.article_passage from public;
grant execute on function private.article_passage to service_role;

-- sql/ai/asked_before.sql
create or replace function private.asked_before(p_job_id uuid, p_question text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_before text;
begin
  if p_job_id is null then
    return false;
  end if;

  select string_agg(messages.content, E'\n' order by messages.seq) into v_before
  from private.reply_jobs
  join public.messages on messages.conversation_id = reply_jobs.conversation_id
    and messages.seq between reply_jobs.first_seq and reply_jobs.last_seq
  where reply_jobs.id = p_job_id
    and messages.sender_type = 'customer'
    and messages.deleted_at is null;

  if btrim(private.folded(v_before)) = '' or btrim(private.folded(p_question)) = '' then
    return false;
  end if;
  return private.likeness(v_before, p_question) >= 0.85;
end;
$$;

comment on function private.asked_before is
'Whether a question is, but for a few letters, the one that this turn answered.';
revoke all on function private.asked_before from public;
grant execute on function private.asked_before to service_role;

-- sql/ai/asks_back.sql
-- The gate sees words alone: a question may hold no number, address or command to open something.
create or replace function private.asks_back(p_reply jsonb)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select p_reply ->> 'outcome' = 'clarify'
    and coalesce(jsonb_typeof(p_reply -> 'sources'), 'null') in ('null', 'array')
    and coalesce(p_reply -> 'sources', '[]') in ('[]', 'null')
    and length(p_reply ->> 'content') <= 200
    and btrim(p_reply ->> 'content') ~ '^[^.!?？؟。！\n]+[?？؟]$'
    and p_reply ->> 'content' !~ '[[:digit:]@<>{}\[\]/\\%€$£]';
$$;

comment on function private.asks_back is
'Whether a reply is one short question back to the customer (at most 200 characters, no number, no
address, no second sentence), which needs no source as it tells nothing.';
revoke all on function private.asks_back from public;
grant execute on function private.asks_back to service_role;

-- sql/ai/best_threshold.sql
-- The hundred thresholds looked at are the same for all labels, and their shares rise and fall
-- together: the lowest one that holds breaks the promise no more often than one time in twenty.
create or replace function private.best_threshold(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision,
  p_sources text[]
)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with judged as materialized (
    select labelled.confidence, labelled.is_wrong
    from private.labelled_runs(p_channel_type, p_language, p_sources) as labelled
  ),

  counted as materialized (
    select
      steps.step / 100.0 as threshold,
      count(judged.confidence) as answers,
      count(judged.confidence) filter (where judged.is_wrong) as wrong
    from generate_series(0, 99) as steps (step)
    left join judged on judged.confidence > steps.step / 100.0
    group by steps.step
  ),

  best as (
    select counted.*, private.wrong_bound(counted.wrong, counted.answers) as bound
    from counted
    where private.wrong_bound(counted.wrong, counted.answers) <= p_max_wrong_rate
    order by counted.threshold
    limit 1
  )

  select jsonb_build_object(
    'labels', (select count(*) from judged),
    'threshold', coalesce(max(best.threshold), 1),
    'answers', coalesce(max(best.answers), 0),
    'wrong', coalesce(max(best.wrong), 0),
    'bound', max(best.bound),
    'is_undecided', count(*) = 0 and exists (
      select from counted
      where counted.wrong <= p_max_wrong_rate * counted.answers
        and counted.answers >= private.labels_needed(p_max_wrong_rate)
    )
  )
  from best;
$$;

comment on function private.best_threshold is
'The lowest of a hundred thresholds above which, with 95 % confidence, no more than this share of
answers is wrong, or 1 (nothing is answered): {threshold, labels, answers, wrong, bound,
is_undecided: none is proven, but the share that was seen is small enough: more labels will tell}.';
revoke all on function private.best_threshold from public;
grant execute on function private.best_threshold to authenticated, service_role;

-- sql/ai/blank_tool_calls.sql
create or replace function private.blank_tool_calls(p_conversation_ids uuid[])
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  update public.ai_tool_calls
  set arguments = '{}'
  where ai_tool_calls.conversation_id = any (p_conversation_ids);
$$;

comment on function private.blank_tool_calls is
'Empties what the AI asked its tools in conversations of somebody who is erased (R82).';
revoke all on function private.blank_tool_calls from public;
grant execute on function private.blank_tool_calls to service_role;

-- sql/ai/budget_is_spent.sql
create or replace function private.budget_is_spent()
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.ai_budget
    join private.ai_spending
      on ai_spending.day = (statement_timestamp() at time zone 'UTC')::date
    where ai_spending.spent_microusd + ai_spending.ahead_microusd >= ai_budget.daily_microusd
  );
end;
$$;

comment on function private.budget_is_spent is
'Whether models have cost today what they may, with what is under way: then the articles answer
alone. At a steady pace nothing is spent beyond it; at one that rises, what eleven seconds cost more
than the eleven before.';
revoke all on function private.budget_is_spent from public;
grant execute on function private.budget_is_spent to authenticated, service_role;

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

-- sql/ai/call_cost.sql
create or replace function private.call_cost(
  p_model text,
  p_input double precision,
  p_cached double precision,
  p_output double precision
)
returns bigint
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_price public.model_prices;
begin
  select model_prices.* into v_price
  from public.model_prices
  where model_prices.model in (p_model, regexp_replace(p_model, '-\d{4}-?\d{2}-?\d{2}$', ''))
    and model_prices.valid_from <= statement_timestamp()
  order by length(model_prices.model) desc, model_prices.valid_from desc
  limit 1;

  if not found then
    return null;
  end if;
  return ceil((
    greatest(p_input - p_cached, 0) * v_price.input_microusd
    + least(p_cached, p_input) * coalesce(v_price.cached_microusd, v_price.input_microusd)
    + p_output * v_price.output_microusd
  ) / 1e6);
end;
$$;

comment on function private.call_cost is
'What a call costs now in millionths of a dollar, rounded up; null while nobody has said what the
model costs. A model with a date at its end costs what the model without it does, unless it has a
price of its own.';
revoke all on function private.call_cost from public;
grant execute on function private.call_cost to service_role;

create trigger audit_model_prices after insert or update or delete on public.model_prices
for each row execute function private.audit_change();

-- sql/ai/check_hand_over_rule.sql
create or replace function private.check_hand_over_rule()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if num_nonnulls(
    new.signal, new.after_ai_turns, new.after_clarifications, new.keywords, new.sentiment,
    new.intent, new.customer_has, new.has_tag, new.channel_type, new.language
  ) = 0 then
    raise exception using
      errcode = 'PT400',
      message = format('rule %s would hand everything over', new.name),
      hint = 'say when it holds, or switch the AI off in ai_settings';
  end if;

  new.patterns := private.patterns_of(new.keywords);
  if new.keywords is not null and cardinality(new.patterns) = 0 then
    raise exception using
      errcode = 'PT400',
      message = format('the keywords of rule %s have no letters', new.name),
      hint = 'write words or phrases';
  end if;
  return new;
end;
$$;

comment on function private.check_hand_over_rule is
'Trigger: a hand-over rule says when it holds; its keywords are made ready to be looked for.';
revoke all on function private.check_hand_over_rule from public;

create trigger check_hand_over_rule before insert or update on public.hand_over_rules
for each row execute function private.check_hand_over_rule();

create trigger touch_hand_over_rules before update on public.hand_over_rules
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

-- sql/ai/chosen.sql
-- Platforms cut long titles, so that a tap may come back short with an ellipsis; by e-mail and
-- by hand people write the number.
create or replace function private.chosen(p_choices jsonb, p_content text, p_tapped_id text)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return (
    select offered.choice
    from jsonb_array_elements(
      case when jsonb_typeof(p_choices) = 'array' then p_choices else '[]' end
    ) with ordinality as offered (choice, position)
    cross join lateral (
      select
        lower(btrim(offered.choice ->> 'title')) as title,
        lower(btrim(p_content, E' \t\n.!')) as said
    ) as texts
    where offered.choice ->> 'id' = p_tapped_id
      or texts.title in (texts.said, lower(btrim(p_content)))
      or texts.said = offered.position::text
      or (
        right(texts.said, 1) = '…'
        and length(texts.said) > 8
        and starts_with(texts.title, rtrim(texts.said, ' …'))
      )
    order by offered.choice ->> 'id' = p_tapped_id desc nulls last, offered.position
    limit 1
  );
end;
$$;

comment on function private.chosen is
'The choice among those offered that a customer tapped, named or numbered; null when none.';
revoke all on function private.chosen from public;
grant execute on function private.chosen to service_role;

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
set plan_cache_mode = 'force_generic_plan'
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
channel_type, remaining_ms, language, language_is_known: false for the customer''s or their
telephone''s, mode, threshold, max_wrong_rate, instructions, by_language: those four for other
languages, question, history, knowledge, topics, choice, is_shadow, model_allowed: false when the
day''s budget is spent, hand_over: a rule that settles it without a model, tools: what a model may
look up, wish: {wish, language} of a message that is nothing but STOP or START, had_opted_out:
whether they had said STOP here before}.';
revoke all on function private.claim_reply_jobs from public;
grant execute on function private.claim_reply_jobs to service_role;

-- sql/ai/close_model_alerts.sql
-- A process counts for a minute after it was last heard: while workers restart, or one is frozen,
-- nothing is said about models. Where no worker was heard at all, nobody knows which there are.
create or replace function private.close_model_alerts()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_models jsonb;
  v_count integer;
begin
  select jsonb_agg(processes.state -> 'models') into v_models
  from private.processes
  where processes.kind = 'worker'
    and processes.seen_at > clock_timestamp() - interval '1 minute'
    and processes.state ? 'models';

  update public.alerts
  set resolved_at = clock_timestamp()
  where alerts.kind = 'model'
    and alerts.resolved_at is null
    and not v_models @> jsonb_build_array(jsonb_build_array(alerts.subject));
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.close_model_alerts is
'Closes what was alerted about language models that no worker is set to ask any more, as after their
name in the settings was mended; returns how many.';
revoke all on function private.close_model_alerts from public;
grant execute on function private.close_model_alerts to service_role;

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
      and closing.outcome is not null and not reply_jobs.is_shadow
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
  p_decision jsonb,
  p_reply jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_outcome text := p_decision ->> 'outcome';
  v_message_id uuid;
begin
  perform private.note_findings(p_job.conversation_id, p_reply);
  if p_job.is_shadow then
    perform private.finish_job(p_job.id, 'taken_over', 'shadow');
    return null;
  end if;

  perform private.finish_job(
    p_job.id, v_outcome, p_decision ->> 'reason', (p_decision ->> 'rule_id')::uuid
  );
  if v_outcome = 'handed_over' then
    if p_decision ? 'rule_id' then
      perform private.apply_hand_over_rule(
        p_job.conversation_id, (p_decision ->> 'rule_id')::uuid
      );
    end if;
    v_message_id := private.hand_over_conversation(
      p_job.conversation_id, p_decision ->> 'reason', p_job.id,
      private.hand_over_details(p_job, p_decision, p_reply)
    );
  else
    v_message_id := private.add_ai_message(p_job, v_outcome, p_reply);
  end if;

  update private.reply_jobs
  set reply_message_id = v_message_id
  where reply_jobs.id = p_job.id;
  return v_message_id;
end;
$$;

comment on function private.close_turn is
'Ends a turn with its one message: the AI''s, or the hand-over; returns the message, none in
shadow.';
revoke all on function private.close_turn from public;
grant execute on function private.close_turn to service_role;

-- sql/ai/confidence_of.sql
-- Models say what they like: "high", 2, NaN. What is no number from 0 to 1 counts as no confidence.
create or replace function private.confidence_of(p_reply jsonb)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_confidence double precision := private.number_of(p_reply -> 'confidence');
begin
  return case when v_confidence between 0 and 1 then v_confidence end;
end;
$$;

comment on function private.confidence_of is
'How sure a worker''s reply says it is, 0 to 1; null for anything else.';
revoke all on function private.confidence_of from public;
grant execute on function private.confidence_of to service_role;

-- sql/ai/curb_answers.sql
-- Two machines that answer each other would never end; what looks like a person may be one, and is
-- told that people answer. Once a day for each sender, not for each conversation: a machine that
-- begins a new one with every mail would answer that for ever.
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
      if private.was_told_lately(v_asked.customer_id, v_asked.channel_id, 'too_many_answers') then
        perform private.hand_over_quietly(v_asked.id, 'too_many_answers');
      else
        perform private.hand_over_conversation(v_asked.id, 'too_many_answers');
      end if;
    end if;
  end loop;
end;
$$;

comment on function private.curb_answers is
'Gives mail conversations to people whose sender has had enough automatic answers within an hour,
and says so to the sender once a day.';
revoke all on function private.curb_answers from public;
grant execute on function private.curb_answers to service_role;

-- sql/ai/customer_of_claims.sql
create or replace function private.customer_of_claims()
returns uuid
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when claims.value ->> 'role' = 'ai_reader' then (claims.value ->> 'customer_id')::uuid
  end
  from (
    select nullif(current_setting('request.jwt.claims', true), '')::jsonb as value
  ) as claims;
$$;

comment on function private.customer_of_claims is
'The customer under whose claims a tool of the AI runs; null for everybody else.';
revoke all on function private.customer_of_claims from public;
grant execute on function private.customer_of_claims to ai_reader, service_role;

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
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_setting jsonb;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_job.conversation_id;
  v_conversation.language := private.language_heard(v_conversation.language, p_reply);
  v_conversation.language := private.language_of(v_conversation);
  v_setting := private.ai_setting(v_conversation.channel_type, v_conversation.language);
  if v_setting ->> 'mode' = 'off' then
    return jsonb_build_object(
      'outcome', 'handed_over', 'reason', 'ai_disabled',
      'setting', private.gate_setting(v_setting, p_reply, null)
    );
  end if;
  return private.decide_turn(p_job, v_conversation, p_reply, v_setting);
end;
$$;

comment on function private.decide_outcome is
'What becomes of a turn as things stand: decide_turn with the settings that hold in the language
just heard; where the AI is off in it, people get the turn.';
revoke all on function private.decide_outcome from public;
grant execute on function private.decide_outcome to service_role;

-- sql/ai/decide_suggestion.sql
create or replace function public.decide_suggestion(
  p_id uuid,
  p_approve boolean,
  p_edited jsonb default '{}'
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_suggestion public.knowledge_suggestions;
  v_article_id uuid;
begin
  perform private.require_admin();
  v_suggestion := private.settle_suggestion(p_id, p_approve);
  if p_approve then
    v_article_id := private.apply_suggestion(v_suggestion, coalesce(p_edited, '{}'));
  end if;
  return jsonb_build_object('state', v_suggestion.state, 'article_id', v_article_id);
end;
$$;

comment on function public.decide_suggestion is
'Approves a suggestion, edited or as it is ({question, title, body, language}), or refuses it for
good; {state, article_id}. PT400 while a masked place is left in the text, PT403, PT404, PT409.';
revoke all on function public.decide_suggestion from public, anon, authenticated, service_role;
grant execute on function public.decide_suggestion to authenticated, service_role;

-- sql/ai/decide_turn.sql
create or replace function private.decide_turn(
  p_job private.reply_jobs,
  p_conversation public.conversations,
  p_reply jsonb,
  p_setting jsonb
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_rule public.hand_over_rules;
  v_question text := private.question_of(p_job);
  v_threshold double precision := private.threshold_of(p_setting);
  v_gate jsonb := private.gate_of(p_job, p_reply, v_threshold);
  v_facts jsonb;
begin
  v_facts := private.reply_facts(
    private.turn_facts(p_job, p_conversation, v_question), p_reply, v_gate
  );
  if v_gate ->> 'reason' is distinct from 'deadline' then
    v_rule := private.hand_over_rule_for(p_conversation, v_question, v_facts);
  end if;

  return v_gate || jsonb_build_object(
    'threshold', v_threshold, 'facts', v_facts - 'articles', 'question', v_question,
    'setting', private.gate_setting(p_setting, p_reply, v_rule)
  ) || case
    when v_rule.id is null then '{}'
    else jsonb_build_object(
      'outcome', 'handed_over', 'reason', v_rule.reason, 'rule_id', v_rule.id,
      'rule', v_rule.name
    )
  end;
end;
$$;

comment on function private.decide_turn is
'What becomes of a turn, of today or of the past: the gate''s word, unless a rule hands it over
(R51). {outcome, reason, rule, rule_id, threshold, facts, question, setting}.';
revoke all on function private.decide_turn from public;
grant execute on function private.decide_turn to service_role;

-- sql/ai/decline_turns.sql
-- Which language a stranger writes only a worker can hear. Where the mode hangs on it, or they are
-- to be told in it that people answer, the turn opens, and record_ai_reply declines it.
create or replace function private.decline_turns(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_asked record;
begin
  if not exists (
    select 1
    from public.ai_settings
    where ai_settings.mode <> 'auto'
  ) then
    return;
  end if;

  for v_asked in
    select
      conversations.id,
      conversations.language is not null as is_heard,
      private.modes_of(conversations.channel_type, conversations.language) as modes
    from public.conversations
    where conversations.ai_mode = 'auto' and conversations.id in (
      select messages.conversation_id
      from unnest(p_messages) as messages
      where messages.sender_type = 'customer' and messages.calls_for_answer
    )
    order by conversations.id
  loop
    if v_asked.modes = '{off}' and v_asked.is_heard then
      perform private.hand_over_conversation(v_asked.id, 'ai_disabled');
    elsif v_asked.modes = '{shadow}' then
      perform private.hand_over_quietly(v_asked.id, 'shadow');
    end if;
  end loop;
end;
$$;

comment on function private.decline_turns is
'Where the AI is switched off, people get the conversation at once, and the customer is told; where
it only follows along, people get it as if there were no AI.';
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

-- sql/ai/explain_answer.sql
create or replace function public.explain_answer(p_message_id uuid)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  perform private.require_agent();
  v_job := private.turn_for(p_message_id);
  return jsonb_build_object(
    'job_id', v_job.id,
    'conversation_id', v_job.conversation_id,
    'message_id', v_job.reply_message_id,
    'question', private.question_of(v_job),
    'asked_at', v_job.deadline - interval '6 seconds',
    'finished_at', v_job.finished_at,
    'state', v_job.state,
    'outcome', v_job.outcome,
    'reason', v_job.reason,
    'is_shadow', v_job.is_shadow,
    'runs', (
      select coalesce(jsonb_agg(private.explain_run(ai_runs) order by ai_runs.created_at), '[]')
      from public.ai_runs
      where ai_runs.reply_job_id = v_job.id
    )
  );
end;
$$;

comment on function public.explain_answer is
'Why the AI said what it said (U5), by the id of its answer, of a customer''s question, or of a run:
the turn and every run of it with what was asked, history and knowledge as they were then, gate,
rule, outcome, model, calls, tools, cost and labels. A turn that no worker reached in time has no
run. PT403, PT404.';
revoke all on function public.explain_answer from public, anon, authenticated, service_role;
grant execute on function public.explain_answer to authenticated, service_role;

-- sql/ai/explain_gate.sql
create or replace function public.explain_gate(
  p_channel_type text,
  p_language text default null
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_setting jsonb;
  v_threshold double precision;
begin
  perform private.require_agent();
  v_setting := private.ai_setting(p_channel_type, p_language);
  v_threshold := private.threshold_of(v_setting);
  return v_setting - '{id,channel_type,language,created_at,updated_at}'::text[]
    || jsonb_build_object(
      'threshold', v_threshold,
      'decided_by', case
        when v_threshold > (v_setting ->> 'confidence_threshold')::double precision
          then 'max_wrong_rate'
        else 'confidence_threshold'
      end,
      'tuned', (
        select to_jsonb(ai_thresholds)
        from public.ai_thresholds
        where coalesce(ai_thresholds.channel_type, p_channel_type) = p_channel_type
          and private.speaks(p_language, ai_thresholds.language)
        order by
          ai_thresholds.threshold is null, ai_thresholds.channel_type is null,
          ai_thresholds.language is null
        limit 1
      )
    );
end;
$$;

comment on function public.explain_gate is
'Why an answer on a channel in a language needs the confidence it needs: the settings as they hold,
{threshold, decided_by, tuned: what the labels found}. PT403.';
revoke all on function public.explain_gate from public, anon, authenticated, service_role;
grant execute on function public.explain_gate to authenticated, service_role;

-- sql/ai/explain_history.sql
create or replace function private.explain_history(p_run public.ai_runs)
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
        'seq', messages.seq,
        'role', messages.sender_type,
        'content', left(messages.content, 2000),
        'is_changed', coalesce(
          greatest(messages.edited_at, messages.deleted_at) > p_run.created_at, false
        )
      )
      order by messages.seq
    ), '[]')
    from jsonb_array_elements(coalesce(p_run.seen -> 'history', '[]')) as shown (seq)
    join public.messages
      on messages.conversation_id = p_run.conversation_id
      and messages.seq = private.number_of(shown.seq)
  );
end;
$$;

comment on function private.explain_history is
'The messages that a run was shown before the question: [{seq, role, content, is_changed: edited or
deleted since, so that the words are today''s}].';
revoke all on function private.explain_history from public;
grant execute on function private.explain_history to authenticated, service_role;

-- sql/ai/explain_knowledge.sql
create or replace function private.explain_knowledge(p_knowledge jsonb)
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
        'article_id', seen.passage -> 'article_id',
        'title', seen.passage -> 'title',
        'language', seen.passage -> 'language',
        'coverage', seen.passage -> 'coverage',
        'version', seen.passage -> 'version',
        'version_now', knowledge_articles.version,
        'is_changed', left(knowledge_articles.body, length(texts.article))
          is distinct from texts.article,
        'article', texts.article,
        'passage', private.run_text(seen.passage ->> 'passage')
      )
      order by seen.place
    ), '[]')
    from jsonb_array_elements(coalesce(p_knowledge, '[]')) with ordinality as seen (passage, place)
    cross join lateral private.run_text(seen.passage ->> 'text') as texts (article)
    left join public.knowledge_articles
      on knowledge_articles.id = private.uuid_of(seen.passage ->> 'article_id')
  );
end;
$$;

comment on function private.explain_knowledge is
'The knowledge that a run was shown, in its own words of then: [{article_id, title, language,
coverage, version, version_now: null when the article is gone, is_changed, article, passage}].';
revoke all on function private.explain_knowledge from public;
grant execute on function private.explain_knowledge to authenticated, service_role;

-- sql/ai/explain_run.sql
create or replace function private.explain_run(p_run public.ai_runs)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'run_id', p_run.id, 'attempt', p_run.attempt, 'at', p_run.created_at,
    'outcome', p_run.outcome, 'reason', p_run.reason, 'error', p_run.error,
    'message_id', p_run.message_id,
    'asked', jsonb_build_object(
      'question', p_run.question,
      'language', p_run.seen -> 'language',
      'instructions', private.run_text(p_run.seen ->> 'instructions'),
      'history', private.explain_history(p_run),
      'knowledge', private.explain_knowledge(p_run.seen -> 'knowledge'),
      'looked_up', coalesce(p_run.seen -> 'looked_up', '[]')
    ),
    'reply', p_run.reply, 'sources', p_run.sources, 'model', p_run.model, 'wire', p_run.wire,
    'gate', jsonb_build_object('confidence', p_run.confidence, 'threshold', p_run.threshold)
      || (p_run.setting - 'rule'),
    'rule', p_run.setting -> 'rule', 'facts', p_run.facts,
    'input_tokens', p_run.input_tokens, 'output_tokens', p_run.output_tokens,
    'is_estimated', p_run.is_estimated, 'latency_ms', p_run.latency_ms,
    'calls', (
      select coalesce(jsonb_agg(
        to_jsonb(ai_calls) - '{id,run_id,conversation_id,purpose}'::text[] order by ai_calls.id
      ), '[]')
      from public.ai_calls
      where ai_calls.run_id = p_run.id
    ),
    'tools', private.explain_tools(p_run.reply_job_id, p_run.attempt),
    'labels', (
      select coalesce(jsonb_agg(
        to_jsonb(ai_labels) - '{id,run_id,message_id}'::text[] order by ai_labels.created_at
      ), '[]')
      from public.ai_labels
      where ai_labels.run_id = p_run.id
    )
  );
end;
$$;

comment on function private.explain_run is
'One run as explain_answer shows it.';
revoke all on function private.explain_run from public;
grant execute on function private.explain_run to authenticated, service_role;

-- sql/ai/explain_tools.sql
create or replace function private.explain_tools(p_reply_job_id uuid, p_attempt integer)
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
        'tool', ai_tool_calls.tool,
        'arguments', ai_tool_calls.arguments,
        'outcome', ai_tool_calls.outcome,
        'reason', ai_tool_calls.reason,
        'latency_ms', ai_tool_calls.latency_ms
      ) order by ai_tool_calls.created_at
    ), '[]')
    from public.ai_tool_calls
    where ai_tool_calls.reply_job_id = p_reply_job_id and ai_tool_calls.attempt = p_attempt
  );
end;
$$;

comment on function private.explain_tools is
'What a claim of a turn looked up, oldest first, as explain_answer shows it.';
revoke all on function private.explain_tools from public;
grant execute on function private.explain_tools to authenticated, service_role;

-- sql/ai/finish_job.sql
create or replace function private.finish_job(
  p_job_id uuid,
  p_outcome text,
  p_reason text,
  p_rule_id uuid default null
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.reply_jobs
  set
    state = case
      when p_outcome in ('taken_over', 'superseded') then 'cancelled' else 'done'
    end,
    outcome = p_outcome,
    reason = p_reason,
    rule_id = p_rule_id,
    lease_until = null,
    finished_at = clock_timestamp()
  where reply_jobs.id = p_job_id and reply_jobs.state in ('waiting', 'running');
end;
$$;

comment on function private.finish_job is 'Gives a turn its final state, once (I2).';
revoke all on function private.finish_job from public;
grant execute on function private.finish_job to service_role;

-- sql/ai/follow_turn.sql
create or replace function private.follow_turn(p_job private.reply_jobs)
returns private.reply_jobs
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  update private.reply_jobs
  set is_shadow = true
  where reply_jobs.id = p_job.id
  returning reply_jobs.* into v_job;

  perform private.hand_over_quietly(p_job.conversation_id, 'shadow');
  return v_job;
end;
$$;

comment on function private.follow_turn is
'Gives people a turn that turned out to be in a language in which the AI only follows along.';
revoke all on function private.follow_turn from public;
grant execute on function private.follow_turn to service_role;

-- sql/ai/forget_suggestions.sql
create or replace function private.forget_suggestions(p_conversation_ids uuid[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  delete from public.knowledge_suggestions
  where knowledge_suggestions.conversation_ids && p_conversation_ids
    and knowledge_suggestions.conversation_ids[1] = any (p_conversation_ids)
    and knowledge_suggestions.state <> 'approved';
  get diagnostics v_count = row_count;

  update public.knowledge_suggestions
  set conversation_ids = array(
    select ids.id
    from unnest(knowledge_suggestions.conversation_ids) with ordinality as ids (id, place)
    where ids.id <> all (p_conversation_ids)
    order by ids.place
  )
  where knowledge_suggestions.conversation_ids && p_conversation_ids;
  delete from private.solved_conversations
  where solved_conversations.conversation_id = any (p_conversation_ids);
  return v_count;
end;
$$;

comment on function private.forget_suggestions is
'Removes suggestions in the words of these conversations, but for approved ones, and the ids of the
conversations from all others; returns how many were removed.';
revoke all on function private.forget_suggestions from public;
grant execute on function private.forget_suggestions to service_role;

-- sql/ai/gate_of.sql
create or replace function private.gate_of(
  p_job private.reply_jobs,
  p_reply jsonb,
  p_threshold double precision
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return case
    when clock_timestamp() > p_job.deadline
      then '{"outcome": "handed_over", "reason": "deadline"}'
    when coalesce(p_reply ->> 'outcome', '') not in ('answer', 'clarify')
      then jsonb_build_object('outcome', 'handed_over', 'reason', left(coalesce(
        nullif(p_reply ->> 'reason', ''), 'low_confidence'
      ), 100))
    when coalesce(btrim(p_reply ->> 'content'), '') = ''
      or not (
        private.sources_exist(p_reply -> 'sources', p_job) or private.asks_back(p_reply)
      )
      then '{"outcome": "handed_over", "reason": "no_answer"}'
    when p_reply ->> 'outcome' = 'clarify' then '{"outcome": "clarified"}'
    when private.confidence_of(p_reply) > p_threshold then '{"outcome": "answered"}'
    else '{"outcome": "handed_over", "reason": "low_confidence"}'
  end;
end;
$$;

comment on function private.gate_of is
'The gate (R50): an answer counts in time, with a source that exists, above the threshold; a choice
counts with a source, one short question back without; everything else goes to people.
{outcome, reason}.';
revoke all on function private.gate_of from public;
grant execute on function private.gate_of to service_role;

-- sql/ai/gate_setting.sql
create or replace function private.gate_setting(
  p_setting jsonb,
  p_reply jsonb,
  p_rule public.hand_over_rules
)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'mode', p_setting -> 'mode',
    'confidence_threshold', p_setting -> 'confidence_threshold',
    'tuned_threshold', p_setting -> 'tuned_threshold',
    'max_wrong_rate', p_setting -> 'max_wrong_rate',
    'needed', private.number_of(p_reply -> 'needed'),
    'rule', p_rule.name
  ));
end;
$$;

comment on function private.gate_setting is
'What a run keeps of the settings that decided it, the confidence that the model itself asked for,
and the name of the rule, which may be gone when somebody asks.';
revoke all on function private.gate_setting from public;
grant execute on function private.gate_setting to service_role;

-- sql/ai/generate_ai_response.sql
-- A turn that is open already asks all that is unanswered: it is left at work, with its deadline.
create or replace function public.generate_ai_response(p_conversation_id uuid)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job_id uuid;
begin
  perform private.lock_conversation(p_conversation_id);
  if cardinality(private.unanswered_messages(p_conversation_id)) = 0 then
    raise exception using
      errcode = 'PT409',
      message = format('conversation %s waits for no answer', p_conversation_id);
  end if;

  select reply_jobs.id into v_job_id
  from private.reply_jobs
  where reply_jobs.conversation_id = p_conversation_id
    and reply_jobs.state in ('waiting', 'running');
  return coalesce(v_job_id, private.open_turn_from(p_conversation_id, clock_timestamp()));
end;
$$;

comment on function public.generate_ai_response is
'Opens the AI''s turn for what the customer last said, with six seconds from now on; returns the
job, also one that is open already, or null when people own the conversation. The worker answers;
nothing here waits for it. PT404, PT409.';
revoke all on function public.generate_ai_response from public, anon, authenticated, service_role;
grant execute on function public.generate_ai_response to service_role;

-- sql/ai/get_ai_response.sql
create or replace function public.get_ai_response(p_id uuid)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select private.ai_response_of(p_id);
$$;

comment on function public.get_ai_response is
'What the AI said (R54), by the id of a conversation (its last turn), of a question or of the
answer: {response, confidence, requiresHuman, responseTime in milliseconds, state, messageId}.
While the turn is under way response and responseTime are null; at a hand-over response is what
the customer was told. Customers ask for their own conversations; PT404.';
revoke all on function public.get_ai_response from public, anon, authenticated, service_role;
grant execute on function public.get_ai_response to authenticated, service_role;

-- sql/ai/give_back.sql
-- What the AI has already is left as it is: a turn under way is not dropped.
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
  if exists (
    select 1
    from public.conversations
    where conversations.id = p_conversation_id and conversations.ai_mode <> 'auto'
  ) then
    perform private.check_return(p_conversation_id);
    perform private.move_conversation(p_conversation_id, 'given_back');
    perform private.answer_given_back(p_conversation_id);
  end if;
end;
$$;

comment on function public.give_back is
'The AI answers again: at once what the customer asked and nobody has answered, within six seconds
of the return, and what comes next. Where it has the conversation already, nothing changes. PT403,
PT404; PT409 after three hand-overs.';
revoke all on function public.give_back from public, anon, authenticated, service_role;
grant execute on function public.give_back to authenticated, service_role;

-- sql/ai/hand_over_before.sql
-- Asked when a turn is claimed and not when its message comes in: by then the whole burst is there,
-- taking messages in stays as fast as it is, and the conversation is locked in one order, by
-- record_ai_reply, which asks again.
create or replace function private.hand_over_before(
  p_job private.reply_jobs,
  p_conversation public.conversations,
  p_question text
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_rule public.hand_over_rules;
begin
  v_rule := private.hand_over_rule_for(
    p_conversation, p_question, private.turn_facts(p_job, p_conversation, p_question)
  );
  if v_rule.id is null then
    return null;
  end if;
  return jsonb_build_object(
    'reason', v_rule.reason,
    'rule', v_rule.name,
    'spares_small_talk',
    v_rule.after_ai_turns is not null or coalesce(v_rule.signal = 'repeated_question', false)
  );
end;
$$;

comment on function private.hand_over_before is
'The rule that hands a turn over whatever a model would say: {reason, rule, spares_small_talk}, else
null. A thank-you is answered where spares_small_talk says so.';
revoke all on function private.hand_over_before from public;
grant execute on function private.hand_over_before to service_role;

-- sql/ai/hand_over_details.sql
create or replace function private.hand_over_details(
  p_job private.reply_jobs,
  p_decision jsonb,
  p_reply jsonb
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'rule', p_decision -> 'rule',
    'rule_id', p_decision -> 'rule_id',
    'question', left(coalesce(p_decision ->> 'question', private.question_of(p_job)), 2000),
    'confidence', private.confidence_of(p_reply),
    'threshold', p_decision -> 'threshold',
    'draft', nullif(left(p_reply ->> 'content', 2000), ''),
    'error', left(p_reply ->> 'error', 200),
    'ai_turns', p_decision #> '{facts,ai_turns}',
    'clarifications', p_decision #> '{facts,clarifications}',
    'intent', left(p_reply ->> 'intent', 100),
    'sentiment', p_decision #> '{facts,sentiment}',
    'sources', (
      select jsonb_agg(looked.source)
      from jsonb_array_elements(
        case when jsonb_typeof(p_reply -> 'sources') = 'array' then p_reply -> 'sources' end
      ) with ordinality as looked (source, place)
      where looked.place <= 5
    )
  ));
end;
$$;

comment on function private.hand_over_details is
'What people are told of a turn that is handed over to them: question, confidence, what was looked
at, what the AI would have said and how often it had spoken.';
revoke all on function private.hand_over_details from public;
grant execute on function private.hand_over_details to service_role;

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

  if p_job.is_shadow then
    perform private.finish_job(p_job.id, 'taken_over', 'deadline');
    return false;
  end if;

  perform private.finish_job(p_job.id, 'handed_over', 'deadline');
  v_message_id := private.hand_over_conversation(
    p_job.conversation_id, 'deadline', p_job.id,
    private.hand_over_details(p_job, '{}', '{}')
  );
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

-- sql/ai/hand_over_lead.sql
create or replace function private.hand_over_lead(p_worker text, p_waiting integer default 0)
returns interval
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when coalesce(silent.since > interval '2.5 seconds', true)
      then interval '1.3 seconds' + p_waiting * interval '6 milliseconds'
    when silent.since > interval '1.6 seconds' then interval '0.8 seconds'
    else interval '0.35 seconds'
  end
  from (
    select (
      select statement_timestamp() - processes.seen_at
      from private.processes
      where processes.name = p_worker
    ) as since
  ) as silent;
$$;

comment on function private.hand_over_lead is
'How long before its deadline a turn is taken from whoever has it (I11). From nobody, or from the
dead, 1.3 s before, and earlier the more wait, each for its few milliseconds. From a worker that
should have shown itself 0.6 s ago as soon as its model had no time left, 0.8 s before. From one
that lives 0.35 s before.';
revoke all on function private.hand_over_lead from public;
grant execute on function private.hand_over_lead to service_role;

-- sql/ai/hand_over_overdue.sql
-- One turn that cannot be handed over must not take the others with it: it is a dead letter.
-- The last net under the six seconds (I11). It ends after some, so that customers see theirs: who
-- calls it comes again as long as it handed over any.
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
begin
  select count(*) into v_waiting
  from (
    select 1
    from private.reply_jobs
    where reply_jobs.state = 'waiting'
    limit 400
  ) as waiting;

  for v_job in
    select reply_jobs.*
    from private.reply_jobs
    where reply_jobs.state in ('waiting', 'running')
      and reply_jobs.deadline
      < statement_timestamp() + private.hand_over_lead(null, v_waiting)
      and reply_jobs.deadline
      < statement_timestamp() + private.hand_over_lead(reply_jobs.worker, v_waiting)
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
    exit when v_count = 20;
  end loop;
  return v_count;
end;
$$;

comment on function private.hand_over_overdue is
'Hands over turns whose six seconds are about to run out, at most 20; returns how many.';
revoke all on function private.hand_over_overdue from public;
grant execute on function private.hand_over_overdue to service_role;

-- sql/ai/hand_over_rule_for.sql
create or replace function private.hand_over_rule_for(
  p_conversation public.conversations,
  p_question text,
  p_facts jsonb
)
returns public.hand_over_rules
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_rule public.hand_over_rules;
  v_words text := private.folded(p_question);
begin
  select hand_over_rules.* into v_rule
  from public.hand_over_rules
  where hand_over_rules.is_enabled
    and (hand_over_rules.signal is null or p_facts -> 'signals' ? hand_over_rules.signal)
    and (hand_over_rules.after_ai_turns is null
      or (p_facts ->> 'ai_turns')::integer >= hand_over_rules.after_ai_turns)
    and (hand_over_rules.after_clarifications is null
      or (p_facts ->> 'clarifications')::integer >= hand_over_rules.after_clarifications
      and p_facts ->> 'outcome' = 'clarified')
    and (hand_over_rules.sentiment is null
      or lower(hand_over_rules.sentiment) = lower(p_facts ->> 'sentiment'))
    and (hand_over_rules.intent is null
      or lower(hand_over_rules.intent) = lower(p_facts ->> 'intent'))
    and (hand_over_rules.channel_type is null
      or hand_over_rules.channel_type = p_conversation.channel_type)
    and (hand_over_rules.language is null
      or private.speaks(p_conversation.language, hand_over_rules.language))
    and (hand_over_rules.has_tag is null
      or hand_over_rules.has_tag = any (p_conversation.tags))
    and (hand_over_rules.keywords is null or exists (
      select 1
      from unnest(hand_over_rules.patterns) as wanted (words)
      where position(wanted.words in v_words) > 0
    ))
    and (hand_over_rules.customer_has is null or exists (
      select 1
      from public.customer_profiles
      where customer_profiles.id = p_conversation.customer_id
        and customer_profiles.attributes @> hand_over_rules.customer_has
    ))
  order by hand_over_rules.position, hand_over_rules.created_at, hand_over_rules.id
  limit 1;
  return v_rule;
end;
$$;

comment on function private.hand_over_rule_for is
'The first rule that hands a turn over (R51), or null. Words are looked for as they are: no pattern
of anybody''s can make this slow.';
revoke all on function private.hand_over_rule_for from public;
grant execute on function private.hand_over_rule_for to service_role;

-- sql/ai/held_to.sql
create or replace function private.held_to(p_setting jsonb)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'mode', p_setting -> 'mode',
    'threshold', private.threshold_of(p_setting),
    'max_wrong_rate', private.wrong_rate_of(p_setting),
    'instructions', private.told_to_model(p_setting)
  );
end;
$$;

comment on function private.held_to is
'What a setting says to a worker: {mode, threshold, max_wrong_rate, instructions}.';
revoke all on function private.held_to from public;
grant execute on function private.held_to to service_role;

-- sql/ai/is_well_known.sql
create or replace function private.is_well_known(p_article_id uuid, p_question text)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(max(
    compared.shared::double precision / greatest(cardinality(asked.terms), 1)
  ), 0) >= 0.6
  from public.knowledge_chunks
  cross join lateral (
    select tsvector_to_array(private.search_terms(knowledge_chunks.language, p_question)) as terms
  ) as asked
  cross join lateral (
    select count(*) as shared
    from unnest(asked.terms) as words (term)
    where words.term = any (tsvector_to_array(knowledge_chunks.terms))
  ) as compared
  where knowledge_chunks.article_id = p_article_id
    and knowledge_chunks.kind in ('title', 'phrasing');
$$;

comment on function private.is_well_known is
'Whether the title or a phrasing of an article holds most of a question''s words already.';
revoke all on function private.is_well_known from public;
grant execute on function private.is_well_known to service_role;

-- sql/ai/keep_calls.sql
create or replace function private.keep_calls(
  p_run_id uuid,
  p_conversation_id uuid,
  p_purpose text,
  p_calls jsonb
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
  if coalesce(jsonb_typeof(p_calls), 'null') <> 'array' then
    return 0;
  end if;

  insert into public.ai_calls (
    run_id, conversation_id, purpose, model, wire, outcome, status, input_tokens, cached_tokens,
    output_tokens, reasoning_tokens, is_estimated, cost_microusd, latency_ms, ttft_ms
  )
  select
    p_run_id, p_conversation_id, p_purpose, left(calls.call ->> 'model', 200),
    left(calls.call ->> 'wire', 50), left(calls.call ->> 'outcome', 50),
    private.number_of(calls.call -> 'status'), used.input, used.cached, used.output,
    coalesce(private.number_of(calls.call #> '{usage,reasoning_tokens}'), 0),
    coalesce(calls.call #> '{usage,estimated}' = 'true', false),
    private.call_cost(calls.call ->> 'model', used.input, used.cached, used.output),
    private.number_of(calls.call -> 'latency_ms'), private.number_of(calls.call -> 'ttft_ms')
  from jsonb_array_elements(p_calls) as calls (call)
  cross join lateral (
    select
      greatest(coalesce(private.number_of(calls.call #> '{usage,input_tokens}'), 0), 0) as input,
      greatest(coalesce(private.number_of(calls.call #> '{usage,cached_tokens}'), 0), 0) as cached,
      greatest(coalesce(private.number_of(calls.call #> '{usage,output_tokens}'), 0), 0) as output
  ) as used
  where jsonb_typeof(calls.call) = 'object'
  limit 50;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.keep_calls is
'Keeps every call that was made to a model for one reply, also those that were cancelled or lost a
race: they cost what they cost. Returns how many.';
revoke all on function private.keep_calls from public;
grant execute on function private.keep_calls to service_role;

-- sql/ai/keep_label.sql
create or replace function private.keep_label(
  p_run_id uuid,
  p_verdict text,
  p_source text,
  p_labelled_by uuid default null
)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into public.ai_labels (run_id, message_id, verdict, source, labelled_by)
  select ai_runs.id, ai_runs.message_id, p_verdict, p_source, p_labelled_by
  from public.ai_runs
  where ai_runs.id = p_run_id
  on conflict (run_id, source) do update
    set
      verdict = excluded.verdict,
      labelled_by = excluded.labelled_by,
      created_at = clock_timestamp()
  returning ai_labels.id;
$$;

comment on function private.keep_label is
'Keeps one source''s verdict on a run, the newest of each; null for a run that never was.';
revoke all on function private.keep_label from public;
grant execute on function private.keep_label to service_role;

-- sql/ai/keep_looked_up.sql
create or replace function private.keep_looked_up(p_results jsonb)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'tool', left(results.result ->> 'tool', 63),
      'content', left(results.result ->> 'content', 4000),
      'sources', case
        when length((results.result -> 'sources')::text) <= 2000 then results.result -> 'sources'
        else '[]'
      end
    ) order by results.place), '[]')
    from jsonb_array_elements(
      case when jsonb_typeof(p_results) = 'array' then p_results else '[]' end
    ) with ordinality as results (result, place)
    where results.place <= 8
  );
end;
$$;

comment on function private.keep_looked_up is
'What tools gave, as the model saw it: [{tool, content, sources: [{article_id, title,
version}]}], of at most eight calls 4,000 characters each. It stands in the run itself and goes
with it, as a customer''s data may be among it.';
revoke all on function private.keep_looked_up from public;
grant execute on function private.keep_looked_up to service_role;

-- sql/ai/keep_run.sql
create or replace function private.keep_run(
  p_job private.reply_jobs,
  p_attempt integer,
  p_decision jsonb,
  p_message_id uuid,
  p_reply jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_run_id uuid;
begin
  insert into public.ai_runs (
    reply_job_id, conversation_id, message_id, attempt, outcome, reason, rule_id,
    is_shadow, facts, threshold, setting, seen, model, wire, confidence,
    sources, question, reply, input_tokens, output_tokens, is_estimated, latency_ms, error
  )
  values (
    p_job.id, p_job.conversation_id, p_message_id, p_attempt, p_decision ->> 'outcome',
    left(coalesce(p_decision ->> 'reason', p_reply ->> 'reason'), 200),
    (p_decision ->> 'rule_id')::uuid,
    p_job.is_shadow, coalesce(p_decision -> 'facts', '{}'),
    (p_decision ->> 'threshold')::double precision, coalesce(p_decision -> 'setting', '{}'),
    private.keep_seen(p_reply -> 'seen'), p_reply ->> 'model', p_reply ->> 'wire',
    private.confidence_of(p_reply), coalesce(p_reply -> 'sources', '[]'),
    left(p_reply ->> 'question', 20000), left(p_reply ->> 'content', 20000),
    private.number_of(p_reply #> '{usage,input_tokens}')::integer,
    private.number_of(p_reply #> '{usage,output_tokens}')::integer,
    coalesce(p_reply #> '{usage,estimated}' = 'true', false),
    private.number_of(p_reply -> 'latency_ms')::integer,
    left(p_reply ->> 'error', 1000)
  )
  returning ai_runs.id into v_run_id;

  update public.ai_tool_calls
  set run_id = v_run_id
  where ai_tool_calls.reply_job_id = p_job.id and ai_tool_calls.attempt = p_attempt;
  perform private.keep_calls(
    v_run_id, p_job.conversation_id, case when p_job.is_shadow then 'shadow' else 'turn' end,
    p_reply -> 'calls'
  );
  return v_run_id;
end;
$$;

comment on function private.keep_run is
'Keeps a run of a model, also one that came too late, with its calls: cost and causes are counted
from here.';
revoke all on function private.keep_run from public;
grant execute on function private.keep_run to service_role;

-- sql/ai/keep_seen.sql
create or replace function private.keep_seen(p_seen jsonb)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_passages jsonb[] := array(
    select passages.passage
    from jsonb_array_elements(case
      when jsonb_typeof(p_seen -> 'knowledge') = 'array' then p_seen -> 'knowledge' else '[]'
    end) as passages (passage)
    limit 20
  );
  v_count integer := cardinality(v_passages);
  v_hashes text[];
begin
  if coalesce(jsonb_typeof(p_seen), 'null') <> 'object' then
    return '{}';
  end if;

  v_hashes := private.keep_texts(
    array(
      select left(passages.passage ->> 'article', 20000)
      from unnest(v_passages) as passages (passage)
    )
    || array(
      select left(passages.passage ->> 'content', 20000)
      from unnest(v_passages) as passages (passage)
    )
    || left(p_seen ->> 'instructions', 20000)
  );
  return jsonb_build_object(
    'language', left(p_seen ->> 'language', 35),
    'history', case
      when jsonb_typeof(p_seen -> 'history') = 'array' then p_seen -> 'history' else '[]'
    end,
    'instructions', v_hashes[2 * v_count + 1],
    'looked_up', private.keep_looked_up(p_seen -> 'looked_up'),
    'knowledge', to_jsonb(array(
      select private.seen_passage(
        v_passages[places.place], v_hashes[places.place], v_hashes[v_count + places.place]
      )
      from generate_series(1, v_count) as places (place)
    ))
  );
end;
$$;

comment on function private.keep_seen is
'Keeps what an answer rests on so that it can be told when the article has changed or is gone (U5):
{language, history: [seq], instructions: hash, knowledge: [{article_id, version, text: hash, ...}],
looked_up}, the texts once each in run_texts.';
revoke all on function private.keep_seen from public;
grant execute on function private.keep_seen to service_role;

-- sql/ai/keep_texts.sql
create or replace function private.keep_texts(p_texts text[])
returns text[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_hashes bytea[] := array(
    select sha256(convert_to(texts.content, 'UTF8'))
    from unnest(p_texts) with ordinality as texts (content, place)
    order by texts.place
  );
begin
  insert into private.run_texts (hash, content)
  select distinct on (texts.hash) texts.hash, texts.content
  from unnest(v_hashes, p_texts) as texts (hash, content)
  where texts.content <> ''
    and not exists (
      select 1
      from private.run_texts
      where run_texts.hash = texts.hash
    )
  order by texts.hash
  on conflict (hash) do nothing;

  return array(
    select case when texts.content <> '' then encode(texts.hash, 'hex') end
    from unnest(v_hashes, p_texts) with ordinality as texts (hash, content, place)
    order by texts.place
  );
end;
$$;

comment on function private.keep_texts is
'Keeps texts that models were shown, each once for ever: an article is not stored again for every
answer that came from it. In the order of their hashes, so that two turns never wait in a circle.
Returns their hashes, null for an empty text.';
revoke all on function private.keep_texts from public;
grant execute on function private.keep_texts to service_role;

-- sql/ai/keep_tool_call.sql
create or replace function private.keep_tool_call(
  p_job private.reply_jobs,
  p_attempt integer,
  p_name text,
  p_arguments jsonb,
  p_call jsonb
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into public.ai_tool_calls (
    reply_job_id, conversation_id, attempt, tool, arguments, outcome, reason, latency_ms
  )
  values (
    p_job.id, p_job.conversation_id, p_attempt, left(p_name, 63),
    case when length(p_arguments::text) <= 4000 then coalesce(p_arguments, '{}') else '{}' end,
    p_call ->> 'outcome', p_call ->> 'reason', (p_call -> 'latency_ms')::integer
  );
  return p_call;
end;
$$;

comment on function private.keep_tool_call is
'Keeps a call of a tool without what it gave, which the run keeps, and gives it back.';
revoke all on function private.keep_tool_call from public;
grant execute on function private.keep_tool_call to service_role;

-- sql/ai/keep_tool_timeout.sql
create or replace function private.keep_tool_timeout(
  p_job_id uuid,
  p_attempt integer,
  p_name text,
  p_arguments jsonb,
  p_latency_ms integer
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.keep_tool_call(
    reply_jobs, p_attempt, p_name, p_arguments,
    jsonb_build_object('outcome', 'timeout', 'latency_ms', p_latency_ms)
  )
  from private.reply_jobs
  where reply_jobs.id = p_job_id;
end;
$$;

comment on function private.keep_tool_timeout is
'Keeps a call of a tool that the worker cut by time: what the call itself wrote was rolled back.';
revoke all on function private.keep_tool_timeout from public;
grant execute on function private.keep_tool_timeout to service_role;

-- sql/ai/knowledge_for.sql
create or replace function private.knowledge_for(
  p_question text,
  p_embedding extensions.vector default null,
  p_embedding_model text default null,
  p_for_agents boolean default false
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
      p_question, null, 5, p_embedding, p_embedding_model, p_for_agents
    ) as passages
  );
end;
$$;

comment on function private.knowledge_for is
'The best five articles for a question, in any language, as a list of objects; what only agents may
see is among them with p_for_agents alone, which is for drafts that no customer is sent.';
revoke all on function private.knowledge_for from public;
grant execute on function private.knowledge_for to service_role;

-- sql/ai/knowledge_gaps.sql
create or replace function public.knowledge_gaps(
  p_since interval default '30 days',
  p_limit integer default 50
)
returns table (
  question text,
  language text,
  conversations bigint,
  last_asked timestamptz,
  conversation_ids uuid[]
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  return query
  with grouped as (
    select
      alike.run_id, alike.language, count(distinct alike.conversation_id) as conversations,
      max(alike.asked_at) as last_asked,
      (array_agg(distinct alike.conversation_id))[:3] as conversation_ids
    from private.alike_questions(clock_timestamp() - p_since) as alike
    group by alike.run_id, alike.language
    order by 3 desc, 4 desc
    limit least(greatest(p_limit, 1), 200)
  )

  select
    left(ai_runs.question, 500), grouped.language, grouped.conversations, grouped.last_asked,
    grouped.conversation_ids
  from grouped
  join public.ai_runs on ai_runs.id = grouped.run_id
  order by grouped.conversations desc, grouped.last_asked desc;
end;
$$;

comment on function public.knowledge_gaps is
'What customers asked lately that no article answered, those asked by most first: a question in one
customer''s words, in how many conversations it or one like it was asked, and three of those.
PT403.';
revoke all on function public.knowledge_gaps from public, anon, authenticated, service_role;
grant execute on function public.knowledge_gaps to authenticated, service_role;

-- sql/ai/label_answer.sql
create or replace function public.label_answer(p_message_id uuid, p_verdict text)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.label_run(p_message_id, p_verdict);
$$;

comment on function public.label_answer is
'An agent''s thumb on an answer of the AI: right or wrong; the last one counts. Takes the
message, or a run in ai_runs that was never sent. Returns the label. PT400, PT403, PT404.';
revoke all on function public.label_answer from public, anon, authenticated, service_role;
grant execute on function public.label_answer to authenticated, service_role;

-- sql/ai/label_followed.sql
create or replace function private.label_followed(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
  v_answer public.messages;
begin
  foreach v_message in array p_messages loop
    if v_message.metadata ->> 'event' = 'reopened' then
      v_answer := private.last_answer(v_message.conversation_id, v_message.seq);
      perform private.label_message(v_answer, 'wrong', 'reopened')
      where v_answer.id is not null;
    elsif v_message.sender_type = 'agent' and not v_message.is_private then
      v_answer := private.last_answer(v_message.conversation_id, v_message.seq);
      perform private.label_message(v_answer, 'wrong', 'answered_again')
      where v_answer.created_at > v_message.created_at - interval '10 minutes';
    end if;
  end loop;
end;
$$;

comment on function private.label_followed is
'Labels the AI''s last answer as wrong when a person answers again within ten minutes, or opens the
conversation again.';
revoke all on function private.label_followed from public;
grant execute on function private.label_followed to service_role;

-- sql/ai/label_message.sql
create or replace function private.label_message(
  p_message public.messages,
  p_verdict text,
  p_source text
)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.keep_label(ai_runs.id, p_verdict, p_source)
  from public.ai_runs
  where ai_runs.message_id = p_message.id and ai_runs.outcome <> 'fenced';
$$;

comment on function private.label_message is
'Keeps what followed an answer as a label of it.';
revoke all on function private.label_message from public;
grant execute on function private.label_message to service_role;

-- sql/ai/label_rated.sql
-- Security definer: whoever rates by a link may write no labels.
create or replace function private.label_rated()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_answer public.messages := private.last_answer(new.conversation_id);
begin
  if v_answer.id is not null and new.rating <> 3 then
    perform private.label_message(
      v_answer, case when new.rating > 3 then 'right' else 'wrong' end, 'rating'
    );
  end if;
  return null;
end;
$$;

comment on function private.label_rated is
'Trigger: a rating of a conversation in which the AI had the last word labels that answer; three of
five says nothing.';
revoke all on function private.label_rated from public;

create trigger label_rated after insert or update of rating on public.csat_responses
for each row execute function private.label_rated();

-- sql/ai/label_run.sql
-- Security definer: labels are written by their sources alone, an agent's in the agent's own name.
create or replace function private.label_run(p_id uuid, p_verdict text)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_run_id uuid;
begin
  perform private.require_agent();
  if p_verdict is null or p_verdict not in ('right', 'wrong') then
    raise exception using
      errcode = 'PT400',
      message = format('%s is no verdict', coalesce(p_verdict, 'null')),
      hint = 'say right or wrong';
  end if;

  select ai_runs.id into v_run_id
  from public.ai_runs
  where (ai_runs.message_id = p_id or ai_runs.id = p_id) and ai_runs.outcome <> 'fenced'
  order by ai_runs.created_at desc
  limit 1;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no answer of the AI %s', p_id),
      hint = 'give the id of a message of the AI, or of a run in ai_runs';
  end if;
  return private.keep_label(v_run_id, p_verdict, 'agent', (select auth.uid()));
end;
$$;

comment on function private.label_run is
'Keeps an agent''s verdict; PT400, PT403, PT404.';
revoke all on function private.label_run from public;
grant execute on function private.label_run to authenticated, service_role;

-- sql/ai/labelled_runs.sql
create or replace function private.labelled_runs(
  p_channel_type text,
  p_language text,
  p_sources text[]
)
returns table (run_id uuid, confidence double precision, is_wrong boolean)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    ai_runs.id,
    ai_runs.confidence,
    coalesce(
      bool_or(ai_labels.verdict = 'wrong') filter (where ai_labels.source = 'agent'),
      bool_or(ai_labels.verdict = 'wrong')
    )
  from public.ai_labels
  join public.ai_runs on ai_runs.id = ai_labels.run_id
  join public.conversations on conversations.id = ai_runs.conversation_id
  where ai_labels.source = any (p_sources)
    and ai_runs.confidence is not null
    and (p_channel_type is null or conversations.channel_type = p_channel_type)
    and (p_language is null or private.speaks(conversations.language, p_language))
  group by ai_runs.id;
end;
$$;

comment on function private.labelled_runs is
'The runs that were judged, on a channel and in a language, null is any; an agent''s word outweighs
the others, and of those wrong outweighs right.';
revoke all on function private.labelled_runs from public;
grant execute on function private.labelled_runs to authenticated, service_role;

-- sql/ai/labels_needed.sql
create or replace function private.labels_needed(p_max_wrong_rate double precision)
returns integer
language sql
immutable
security invoker
set search_path = ''
as $$
  select ceil(1.6448536269514722 ^ 2 * (1 - p_max_wrong_rate) / p_max_wrong_rate)::integer;
$$;

comment on function private.labels_needed is
'So many labelled answers without a wrong one show that no more than this share is wrong: fewer show
nothing.';
revoke all on function private.labels_needed from public;
grant execute on function private.labels_needed to authenticated, service_role;

-- sql/ai/language_heard.sql
create or replace function private.language_heard(p_language text, p_reply jsonb)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when weighed.probability > 0 then coalesce(weighed.language, p_language)
    when weighed.probability is null then coalesce(p_language, weighed.language)
    else p_language
  end
  from (
    select
      left(nullif(p_reply ->> 'language', ''), 35) as language,
      private.number_of(p_reply -> 'language_probability') as probability
  ) as weighed;
$$;

comment on function private.language_heard is
'A conversation''s language after a turn: what the worker heard, which has weighed it against what
was known; that stays where nothing was heard (0). Who weighs nothing changes no language.';
revoke all on function private.language_heard from public;
grant execute on function private.language_heard to service_role;

-- sql/ai/last_answer.sql
create or replace function private.last_answer(
  p_conversation_id uuid,
  p_before integer default null
)
returns public.messages
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select messages.* into v_message
  from public.messages
  where messages.conversation_id = p_conversation_id
    and messages.seq < coalesce(p_before, 2147483647)
    and messages.sender_type in ('ai', 'agent')
    and not messages.is_private
    and messages.deleted_at is null
  order by messages.seq desc
  limit 1;

  if v_message.sender_type = 'ai' and v_message.message_type <> 'choices' then
    return v_message;
  end if;
  return null;
end;
$$;

comment on function private.last_answer is
'The AI''s answer that was the last word of our side before a seq; null when a person had it, or the
AI asked back.';
revoke all on function private.last_answer from public;
grant execute on function private.last_answer to service_role;

-- sql/ai/last_offer.sql
create or replace function private.last_offer(p_job private.reply_jobs)
returns public.messages
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_offer public.messages;
begin
  select messages.* into v_offer
  from public.messages
  join public.conversations on conversations.id = messages.conversation_id
  where messages.conversation_id = p_job.conversation_id
    and messages.seq < p_job.first_seq
    and messages.seq > conversations.context_seq
    and messages.sender_type <> 'customer'
    and not messages.is_private
    and messages.deleted_at is null
  order by messages.seq desc
  limit 1;
  return v_offer;
end;
$$;

comment on function private.last_offer is
'What the customer was told last before this turn, and may be answering; null after a hand-over.';
revoke all on function private.last_offer from public;
grant execute on function private.last_offer to service_role;

-- sql/ai/learn_from.sql
create or replace function private.learn_from(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_run public.ai_runs;
  v_answer text;
  v_article_id uuid;
begin
  select ai_runs.* into v_run
  from public.ai_runs
  where ai_runs.conversation_id = p_conversation_id
    and ai_runs.outcome in ('answered', 'handed_over')
    and ai_runs.question is not null
  order by ai_runs.created_at desc
  limit 1;

  if v_run.outcome = 'handed_over' then
    v_answer := private.answer_of_agent(p_conversation_id, v_run.created_at);
    if coalesce(v_run.reason, 'low_confidence') in ('low_confidence', 'no_answer')
      and length(v_answer) >= 20 then
      perform private.suggest('article', null, p_conversation_id, v_run.question, v_answer);
    end if;
    return;
  end if;

  select knowledge_articles.id into v_article_id
  from public.knowledge_articles
  where knowledge_articles.id::text = v_run.sources #>> '{0,article_id}';
  if v_article_id is not null and not private.is_well_known(v_article_id, v_run.question) then
    perform private.suggest('phrasing', v_article_id, p_conversation_id, v_run.question, null);
  end if;
end;
$$;

comment on function private.learn_from is
'Proposes what a solved conversation teaches: what an agent answered where the AI could not becomes
an article; words for a question that the AI answered well, where they are new, a phrasing.';
revoke all on function private.learn_from from public;
grant execute on function private.learn_from to service_role;

-- sql/ai/learn_language.sql
create or replace function private.learn_language(
  p_conversation public.conversations,
  p_reply jsonb
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_heard text := left(p_reply ->> 'language', 35);
begin
  if coalesce(private.number_of(p_reply -> 'language_probability'), 0) < 0.9 then
    return;
  end if;

  update public.customer_profiles
  set language = v_heard, heard_language = v_heard
  where customer_profiles.id = p_conversation.customer_id
    and (
      customer_profiles.language is null
      or customer_profiles.language = customer_profiles.heard_language
      and customer_profiles.language <> v_heard
      and p_conversation.language = v_heard
    );
end;
$$;

comment on function private.learn_language is
'Keeps with the customer the language that they surely write: the first time where none is known of
them, in place of another one the second time in a row. What an agent has set stays.';
revoke all on function private.learn_language from public;
grant execute on function private.learn_language to service_role;

-- sql/ai/like_suggestion.sql
create or replace function private.like_suggestion(
  p_kind text,
  p_article_id uuid,
  p_language text,
  p_terms text[]
)
returns uuid
language sql
stable
security invoker
set search_path = ''
as $$
  select known.id
  from public.knowledge_suggestions as known
  cross join lateral (
    select count(*) as shared
    from unnest(known.terms) as words (term)
    where words.term = any (p_terms)
  ) as compared
  where known.kind = p_kind
    and known.article_id is not distinct from p_article_id
    and known.language = p_language
    and known.terms && p_terms
    and 2 * compared.shared >= greatest(cardinality(known.terms), cardinality(p_terms))
  order by compared.shared desc, known.created_at
  limit 1;
$$;

comment on function private.like_suggestion is
'The suggestion with which a question shares half of the longer one''s words, null without.';
revoke all on function private.like_suggestion from public;
grant execute on function private.like_suggestion to service_role;

-- sql/ai/likeness.sql
create or replace function private.likeness(p_one text, p_other text)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_one text := left(private.folded(p_one), 300);
  v_other text := left(private.folded(p_other), 300);
  v_alike double precision;
begin
  if v_one = v_other then
    return 1;
  elsif least(length(v_one), length(v_other)) < 0.7 * greatest(length(v_one), length(v_other)) then
    return 0;
  end if;

  select 2.0 * (count(*) - count(distinct runs.letters)) / nullif(count(*), 0) into v_alike
  from (
    select distinct texts.place, substr(texts.words, starts.at, 3) as letters
    from (values (1, v_one), (2, v_other)) as texts (place, words)
    cross join lateral generate_series(1, length(texts.words) - 2) as starts (at)
  ) as runs;
  return coalesce(v_alike, 0);
end;
$$;

comment on function private.likeness is
'How alike two texts are by their runs of three letters, 0 to 1 (Dice), over 300 characters; 0 when
one is much longer than the other.';
revoke all on function private.likeness from public;
grant execute on function private.likeness to service_role;

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

-- sql/ai/masked_text.sql
create or replace function private.masked_text(p_text text, p_names text[])
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_text text := p_text;
  v_name text;
begin
  v_text := regexp_replace(v_text, '[^\s<>()@,;]+@[^\s<>()@,;]+\.[[:alnum:]-]+', '[e-mail]', 'g');
  for v_name in
    select distinct names.name
    from unnest(p_names) as given (whole)
    cross join lateral regexp_split_to_table(given.whole, '[\s,.@_-]+') as names (name)
    where length(names.name) >= 2
    order by names.name
  loop
    v_text := regexp_replace(
      v_text, '(?<!\w)' || regexp_replace(v_name, '([^[:alnum:]])', '\\\1', 'g') || '(?!\w)',
      '[name]', 'gi'
    );
  end loop;
  return regexp_replace(
    v_text,
    '[[:alnum:]+#-]*[0-9٠-٩۰-۹](?:[ .,()/-]{0,2}[0-9٠-٩۰-۹]){3,}[[:alnum:]]*', '[number]', 'g'
  );
end;
$$;

comment on function private.masked_text is
'A text without e-mail addresses, these names, and whatever holds four digits or more: telephone,
order, card and account numbers. What else tells who somebody is, only a person sees.';
revoke all on function private.masked_text from public;
grant execute on function private.masked_text to service_role;

-- sql/ai/mine_suggestions.sql
create or replace function private.mine_suggestions(
  p_wait interval default '24 hours',
  p_limit integer default 50,
  p_most_open integer default 200
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
  with due as (
    delete from private.solved_conversations
    where solved_conversations.conversation_id in (
      select waiting.conversation_id
      from private.solved_conversations as waiting
      where waiting.resolved_at <= clock_timestamp() - p_wait
      order by waiting.resolved_at
      limit p_limit
      for update skip locked
    )
    returning solved_conversations.conversation_id
  )

  select count(private.learn_from(solved.id)::text) into v_count
  from due
  join public.conversations as solved on solved.id = due.conversation_id
  where solved.status = 'resolved'
    and coalesce(solved.satisfaction_score, 5) >= 3
    and not exists (
      select
      from public.conversations as returned
      where returned.customer_id = solved.customer_id and returned.created_at > solved.resolved_at
    );

  if v_count > 0 then
    perform private.prune_suggestions(p_most_open);
  end if;
  return v_count;
end;
$$;

comment on function private.mine_suggestions is
'Learns from conversations that stayed resolved for a day and were not rated badly; returns from how
many. One whose customer came back teaches nothing.';
revoke all on function private.mine_suggestions from public;
grant execute on function private.mine_suggestions to service_role;

-- sql/ai/missed_questions.sql
create or replace function private.missed_questions(p_since timestamptz)
returns setof private.open_questions
language sql
stable
security invoker
set search_path = ''
as $$
  select asked.*
  from private.open_questions as asked
  where asked.asked_at >= p_since
    and (
      asked.is_missed
      or exists (
        select
        from private.open_questions as later
        where later.conversation_id = asked.conversation_id
          and later.asked_at > asked.asked_at
          and later.is_missed
      )
    );
$$;

comment on function private.missed_questions is
'The questions since then that no article answered; choices count when a person was needed after.';
revoke all on function private.missed_questions from public;
grant execute on function private.missed_questions to authenticated, service_role;

-- sql/ai/modes_of.sql
create or replace function private.modes_of(p_channel_type text, p_language text)
returns text[]
language sql
stable
security invoker
set search_path = ''
as $$
  select array_agg(distinct private.ai_setting(p_channel_type, spoken.language) ->> 'mode')
  from (
    select p_language as language
    union all
    select ai_settings.language
    from public.ai_settings
    where p_language is null
      and ai_settings.language is not null
      and coalesce(ai_settings.channel_type, p_channel_type) = p_channel_type
  ) as spoken;
$$;

comment on function private.modes_of is
'The mode in a language on a channel, as the only one; of an unknown language all that it may be.';
revoke all on function private.modes_of from public;
grant execute on function private.modes_of to service_role;

-- sql/ai/names_in.sql
create or replace function private.names_in(p_conversation_id uuid)
returns text[]
language sql
stable
security invoker
set search_path = ''
as $$
  select array_remove(
    array_cat(
      array[
        conversations.user_name, conversations.customer_name, conversations.user_email,
        customer_profiles.name, customer_profiles.email
      ],
      array(
        select customer_identities.value
        from public.customer_identities
        where customer_identities.customer_id = conversations.customer_id
      )
    ), null
  )
  from public.conversations
  join public.customer_profiles on customer_profiles.id = conversations.customer_id
  where conversations.id = p_conversation_id;
$$;

comment on function private.names_in is
'What the customer of a conversation is called, there and elsewhere.';
revoke all on function private.names_in from public;
grant execute on function private.names_in to service_role;

-- sql/ai/note_findings.sql
create or replace function private.note_findings(p_conversation_id uuid, p_reply jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.learn_language(conversations, p_reply)
  from public.conversations
  where conversations.id = p_conversation_id;

  update public.conversations
  set
    language = private.language_heard(conversations.language, p_reply),
    sentiment = coalesce(
      left(coalesce(p_reply #>> '{signals,sentiment}', p_reply ->> 'sentiment'), 100),
      conversations.sentiment
    ),
    intent = coalesce(left(p_reply ->> 'intent', 100), conversations.intent),
    ai_confidence = coalesce(private.confidence_of(p_reply), conversations.ai_confidence)
  where conversations.id = p_conversation_id;
end;
$$;

comment on function private.note_findings is
'Keeps with a conversation what a turn found out, whatever became of it: language, sentiment,
intent, confidence; and with the customer their language.';
revoke all on function private.note_findings from public;
grant execute on function private.note_findings to service_role;

-- sql/ai/note_question.sql
-- Security definer: whoever keeps a run, its words are the machine's to write.
create or replace function private.note_question()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_language text;
begin
  if new.question is null then
    delete from private.open_questions where open_questions.run_id = new.id;
    return null;
  end if;

  select coalesce(conversations.language, 'en') into v_language
  from public.conversations
  where conversations.id = new.conversation_id;

  insert into private.open_questions (run_id, conversation_id, language, terms, is_missed, asked_at)
  select
    new.id, new.conversation_id, v_language, words.terms, new.outcome = 'handed_over',
    new.created_at
  from (
    select (tsvector_to_array(private.search_terms(v_language, new.question)))[:40] as terms
  ) as words
  where cardinality(words.terms) > 0;
  return null;
end;
$$;

comment on function private.note_question is
'Trigger: keeps the words of a question that no article answered, and lets go of them when the
question is blanked.';
revoke all on function private.note_question from public;

create trigger note_question
after insert on public.ai_runs
for each row
when (
  new.question is not null and (
    new.outcome = 'clarified'
    or new.outcome = 'handed_over'
    and coalesce(new.reason, 'low_confidence') in ('low_confidence', 'no_answer')
  )
)
execute function private.note_question();

create trigger forget_question
after update of question on public.ai_runs
for each row
when (new.question is null and old.question is not null)
execute function private.note_question();

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
      conversation_id, first_message_id, first_seq, last_seq, epoch, is_shadow, not_before, deadline
    )
    select
      asked.conversation_id, asked.first_message_id, asked.first_seq, asked.last_seq, asked.epoch,
      asked.is_shadow, asked.asked_at + private.debounce(), asked.asked_at + interval '6 seconds'
    from private.questions_in(p_messages) as asked
    on conflict (conversation_id) where state in ('waiting', 'running') do update
      set
        last_seq = excluded.last_seq,
        (epoch, is_shadow) = row(excluded.epoch, excluded.is_shadow),
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

-- sql/ai/open_turn_from.sql
create or replace function private.open_turn_from(p_conversation_id uuid, p_since timestamptz)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job_id uuid;
begin
  perform private.open_reply_jobs(private.unanswered_messages(p_conversation_id));
  update private.reply_jobs
  set not_before = p_since + private.debounce(), deadline = p_since + interval '6 seconds'
  where reply_jobs.conversation_id = p_conversation_id and reply_jobs.state = 'waiting'
  returning reply_jobs.id into v_job_id;

  if found then
    perform private.broadcast(
      array['worker'], array['reply_jobs'],
      array[jsonb_build_object('delay_ms', private.milliseconds(private.debounce()))]
    );
  end if;
  return v_job_id;
end;
$$;

comment on function private.open_turn_from is
'Opens the AI''s turn for what nobody has answered, with its six seconds from p_since on: whoever
asked long ago has waited for something else until then. Null where there is nothing to answer, or
people own the conversation.';
revoke all on function private.open_turn_from from public;
grant execute on function private.open_turn_from to service_role;

-- sql/ai/overdue_in_ms.sql
create or replace function private.overdue_in_ms()
returns double precision
language sql
volatile
security invoker
set search_path = ''
as $$
  select greatest(
    private.milliseconds(
      min(next.deadline - private.hand_over_lead(next.worker)) - clock_timestamp()
    ), 0
  )
  from (
    select
      reply_jobs.deadline,
      reply_jobs.worker
    from private.reply_jobs
    where reply_jobs.state in ('waiting', 'running')
    order by reply_jobs.deadline
    limit 20
  ) as next
  having count(*) > 0;
$$;

comment on function private.overdue_in_ms is
'Milliseconds until hand_over_overdue takes the next turn from whoever has it, 0 where that is now;
null where no turn is open.';
revoke all on function private.overdue_in_ms from public;
grant execute on function private.overdue_in_ms to service_role;

-- sql/ai/patterns_of.sql
create or replace function private.patterns_of(p_keywords text[])
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_unspaced text := '[\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]';
begin
  return array(
    select
      case
        when folded.words ~ v_unspaced
          then btrim(folded.words)
        else folded.words
      end
    from unnest(p_keywords) as keywords (words)
    cross join lateral private.folded(keywords.words) as folded (words)
    where btrim(folded.words) <> ''
  );
end;
$$;

comment on function private.patterns_of is
'Keywords as they are looked for: whole words, but anywhere in scripts without blanks between
words.';
revoke all on function private.patterns_of from public;
grant execute on function private.patterns_of to authenticated, service_role;

-- sql/ai/prune_suggestions.sql
create or replace function private.prune_suggestions(p_most_open integer)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  delete from public.knowledge_suggestions
  where knowledge_suggestions.id in (
    select ranked.id
    from (
      select
        suggestions.id,
        row_number() over (
          partition by suggestions.state
          order by suggestions.count desc, suggestions.last_asked_at desc
        ) as place,
        case when suggestions.state = 'proposed' then p_most_open else 5 * p_most_open end as most
      from public.knowledge_suggestions as suggestions
    ) as ranked
    where ranked.place > ranked.most
  );
$$;

comment on function private.prune_suggestions is
'Keeps so many open suggestions, the most frequent, and five times as many decided ones.';
revoke all on function private.prune_suggestions from public;
grant execute on function private.prune_suggestions to service_role;

-- sql/ai/purge_runs.sql
-- What came of a turn stays as long as its messages do: explain_answer, labels and figures rest on
-- it. A reply that came too late is nobody's answer, and nobody may label it.
create or replace function private.purge_runs(
  p_keep interval default '90 days',
  p_limit integer default 1000
)
returns integer
language sql
volatile
security invoker
set search_path = ''
as $$
  with purged as (
    delete from public.ai_runs
    where ai_runs.id in (
      select expired.id
      from public.ai_runs as expired
      where expired.outcome = 'fenced'
        and expired.created_at < statement_timestamp() - p_keep
      limit p_limit
    )
    returning ai_runs.id
  ),

  untold as (
    delete from public.ai_tool_calls
    where ai_tool_calls.id in (
      select expired.id
      from public.ai_tool_calls as expired
      where expired.run_id is null
        and expired.created_at < statement_timestamp() - p_keep
      limit p_limit
    )
  )

  select count(*)::integer
  from purged;
$$;

comment on function private.purge_runs is
'Ends the retention of runs that came too late to count, with what they looked up, and of what was
looked up for no run, as the worker died, 90 days after them; at most p_limit of each a call,
returns how many runs. What they cost stays in ai_calls.';
revoke all on function private.purge_runs from public;
grant execute on function private.purge_runs to service_role;

-- sql/ai/question_of.sql
create or replace function private.question_of(p_job private.reply_jobs)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce((
    select string_agg(
      concat_ws(
        E'\n',
        case
          when not messages.metadata ? 'in_reply_to'
            then nullif(messages.metadata ->> 'subject', '')
        end,
        nullif(messages.content, '')
      ), E'\n' order by messages.seq
    )
    from public.messages
    where messages.conversation_id = p_job.conversation_id
      and messages.seq between p_job.first_seq and p_job.last_seq
      and messages.sender_type = 'customer'
      and messages.deleted_at is null
  ), '');
end;
$$;

comment on function private.question_of is
'What a turn is asked: its messages of the customer, a line each. Many a mail asks in its subject,
which comes first; that of an answer is what was written before.';
revoke all on function private.question_of from public;
grant execute on function private.question_of to authenticated, service_role;

-- sql/ai/question_wordings.sql
create or replace function private.question_wordings(p_since timestamptz)
returns table (
  place bigint,
  language text,
  terms text[],
  run_id uuid,
  conversation_ids uuid[],
  last_asked timestamptz
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    row_number() over (order by grouped.times desc, grouped.last_asked desc, grouped.run_id),
    grouped.language, grouped.terms, grouped.run_id, grouped.conversation_ids, grouped.last_asked
  from (
    select
      asked.language, asked.terms, count(*) as times, (array_agg(asked.run_id))[1] as run_id,
      array_agg(asked.conversation_id) as conversation_ids, max(asked.asked_at) as last_asked
    from private.missed_questions(p_since) as asked
    group by asked.language, asked.terms
  ) as grouped;
end;
$$;

comment on function private.question_wordings is
'The questions since then that no article answered, by their words, the commonest first, each with
a run that was asked so, and the conversations.';
revoke all on function private.question_wordings from public;
grant execute on function private.question_wordings to authenticated, service_role;

-- sql/ai/questions_in.sql
create or replace function private.questions_in(p_messages public.messages[])
returns table (
  conversation_id uuid,
  epoch integer,
  first_message_id uuid,
  first_seq integer,
  last_seq integer,
  asked_at timestamptz,
  is_shadow boolean
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
    min(messages.created_at),
    conversations.ai_mode = 'human'
  from unnest(p_messages) as messages
  join public.conversations on conversations.id = messages.conversation_id
  where messages.sender_type = 'customer'
    and messages.calls_for_answer
    and (
      conversations.ai_mode = 'auto'
      or conversations.handed_over_reason = 'shadow'
      and private.ai_setting(
        conversations.channel_type, private.language_of(conversations)
      ) ->> 'mode' = 'shadow'
    )
  group by conversations.id
  order by conversations.id;
end;
$$;

comment on function private.questions_in is
'What the AI is asked among these messages: a line for each conversation that it owns,
or follows in shadow.';
revoke all on function private.questions_in from public;
grant execute on function private.questions_in to service_role;

-- sql/ai/queue_solved.sql
-- Security definer: agents resolve conversations; what is learnt from them is the machine's.
create or replace function private.queue_solved()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into private.solved_conversations (conversation_id)
  values (new.id)
  on conflict (conversation_id) do update set resolved_at = clock_timestamp();
  return null;
end;
$$;

comment on function private.queue_solved is
'Trigger: a conversation that was resolved may be learnt from.';
revoke all on function private.queue_solved from public;

create trigger queue_solved
after update of status on public.conversations
for each row when (new.status = 'resolved' and old.status <> 'resolved')
execute function private.queue_solved();

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
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_job private.reply_jobs;
  v_message_id uuid;
  v_decision jsonb := '{"outcome": "fenced"}';
begin
  v_job := private.lock_turn(p_job_id);
  if private.turn_is_held(v_job, p_worker, p_attempt) then
    v_decision := private.decide_outcome(v_job, p_reply);
    if v_decision #>> '{setting,mode}' = 'shadow' and not v_job.is_shadow then
      v_job := private.follow_turn(v_job);
    end if;
    v_message_id := private.close_turn(v_job, v_decision, p_reply);
  end if;

  perform private.keep_run(v_job, p_attempt, v_decision, v_message_id, p_reply);
  return private.told_of_turn(v_job, v_decision, p_reply)
    || jsonb_build_object('message_id', v_message_id);
end;
$$;

comment on function private.record_ai_reply is
'What a worker found: {outcome: answer|clarify|hand_over, content, confidence, sources, choices,
language, language_probability, intent, sentiment, signals, reason, model, wire, usage,
latency_ms, error}. Decides under the conversation''s lock and returns {state:
answered|clarified|handed_over|shadowed|fenced, message_id, response, confidence, requiresHuman,
responseTime} (R54). PT404.';
revoke all on function private.record_ai_reply from public;
grant execute on function private.record_ai_reply to service_role;

-- sql/ai/redo_turn.sql
-- What is being generated answers other words than those that stand there now. A turn that waits is
-- met as well: it may be in the middle of being claimed, with the former words.
create or replace function private.redo_turn(p_message public.messages)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_cancelled jsonb[];
begin
  with redone as (
    update private.reply_jobs
    set
      state = 'waiting',
      attempt = reply_jobs.attempt + 1,
      worker = null,
      lease_until = null,
      not_before = least(
        clock_timestamp() + private.debounce(), reply_jobs.deadline - interval '4.5 seconds'
      )
    where reply_jobs.conversation_id = p_message.conversation_id
      and reply_jobs.state in ('waiting', 'running')
      and p_message.seq between reply_jobs.first_seq and reply_jobs.last_seq
    returning reply_jobs.id, reply_jobs.conversation_id, reply_jobs.attempt
  )

  select array_agg(jsonb_build_object(
    'job_id', redone.id, 'conversation_id', redone.conversation_id, 'attempt', redone.attempt
  ))
  into v_cancelled
  from redone;
  perform private.ring_cancel(v_cancelled);
end;
$$;

comment on function private.redo_turn is
'Fences the open turn that asks a message which was edited or taken back, so that it is claimed
anew with the words that stand now; its deadline stays.';
revoke all on function private.redo_turn from public;
grant execute on function private.redo_turn to service_role;

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

-- sql/ai/reply_facts.sql
create or replace function private.reply_facts(p_facts jsonb, p_reply jsonb, p_gate jsonb)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_heard jsonb := coalesce(p_reply -> 'signals', '{}');
  v_article text := p_reply #>> '{sources,0,article_id}';
  v_small_talk boolean := p_reply ->> 'wire' = 'rules'
    and p_reply ->> 'intent' in ('greeting', 'thanks', 'opt_out', 'opt_in');
  v_cited integer;
begin
  select count(*) into v_cited
  from jsonb_array_elements_text(p_facts -> 'articles') as cited (article_id)
  where cited.article_id = v_article and p_reply ->> 'outcome' = 'answer';

  return p_facts || jsonb_build_object(
    'outcome', p_gate -> 'outcome',
    'sentiment', left(coalesce(v_heard ->> 'sentiment', p_reply ->> 'sentiment'), 100),
    'intent', left(p_reply ->> 'intent', 100),
    'ai_turns', case when coalesce(v_small_talk, false) then '0' else p_facts -> 'ai_turns' end,
    'signals', to_jsonb(array(
      select known.signal
      from jsonb_array_elements_text(p_facts -> 'signals') as known (signal)
      where not coalesce(v_small_talk, false)
      union
      select heard.signal
      from (
        values
          ('asks_for_human', p_reply ->> 'reason' = 'asked_for_human'),
          ('complaint', p_reply ->> 'reason' = 'complaint'),
          ('not_helped', p_reply ->> 'reason' = 'not_helped'),
          ('low_confidence', p_gate ->> 'reason' = 'low_confidence'),
          ('same_source', v_cited >= 2)
      ) as heard (signal, is_heard)
      where heard.is_heard or v_heard -> heard.signal = 'true'
    ))
  );
end;
$$;

comment on function private.reply_facts is
'The facts of a turn with what the worker heard and found: signals ({asks_for_human, complaint,
not_helped, sentiment}), intent, the gate''s outcome. Small talk repeats nothing and costs no
turn.';
revoke all on function private.reply_facts from public;
grant execute on function private.reply_facts to service_role;

-- sql/ai/reply_turn.sql
create or replace function private.reply_turn(p_job private.reply_jobs)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_asked jsonb;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_job.conversation_id;

  v_asked := private.turn_asked(p_job, v_conversation);
  return v_asked || jsonb_build_object(
    'history', private.recent_history(v_conversation, 12),
    'knowledge', private.knowledge_for(v_asked ->> 'question'),
    'hand_over', private.hand_over_before(p_job, v_conversation, v_asked ->> 'question'),
    'tools', private.tools_for(p_job),
    'had_opted_out', private.had_opted_out(
      v_conversation.customer_id, v_conversation.channel_id,
      (select messages.created_at from public.messages where messages.id = p_job.first_message_id)
    )
  );
end;
$$;

comment on function private.reply_turn is
'All a worker needs to answer a turn, in one object; times by the clock of the database. Tools and
consent are of live turns alone: drafts and turns of the past would see the present.';
revoke all on function private.reply_turn from public;
grant execute on function private.reply_turn to service_role;

-- sql/ai/report_model.sql
create or replace function private.report_model(p_model text, p_fault text)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_fault is not null then
    return private.raise_alert('model', 'critical', left(p_fault, 500), p_subject => p_model);
  end if;

  update public.alerts
  set resolved_at = clock_timestamp()
  where alerts.kind = 'model' and alerts.subject = p_model and alerts.resolved_at is null;
  return found;
end;
$$;

comment on function private.report_model is
'Alerts admins, once, that a language model cannot be used until somebody mends its settings; null
says that it answers again. True when that was news.';
revoke all on function private.report_model from public;
grant execute on function private.report_model to service_role;

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
'Opens a turn anew, with its own six seconds, for what a dead one left unanswered; PT404, and PT409
when nothing is.';
revoke all on function private.retry_reply_job from public;
grant execute on function private.retry_reply_job to service_role;

-- sql/ai/retune_thresholds.sql
-- Labels that prove nothing yet, for or against, leave the gate as it is set: bad luck with the
-- first sixty must not silence the AI.
create or replace function private.retune_thresholds()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_scope record;
  v_found jsonb;
  v_count integer := 0;
begin
  for v_scope in
    select scopes.channel_type, scopes.language, settings.rate
    from (
      select null::text as channel_type, null::text as language
      union
      select ai_settings.channel_type, ai_settings.language
      from public.ai_settings
    ) as scopes
    cross join lateral (
      select (private.ai_setting(scopes.channel_type, scopes.language)
        ->> 'max_wrong_rate')::double precision as rate
    ) as settings
    left join public.ai_thresholds
      on (ai_thresholds.channel_type, ai_thresholds.language)
        is not distinct from (scopes.channel_type, scopes.language)
    where settings.rate < 1
      and (
        ai_thresholds.tuned_at is null
        or ai_thresholds.tuned_at < clock_timestamp() - interval '1 hour'
        or ai_thresholds.max_wrong_rate <> settings.rate
      )
  loop
    v_found := private.best_threshold(
      v_scope.channel_type, v_scope.language, v_scope.rate, '{agent,rating}'
    );
    if v_found -> 'is_undecided' = 'true'
      or (v_found ->> 'labels')::integer < private.labels_needed(v_scope.rate) then
      v_found := v_found - '{threshold,bound,wrong}'::text[];
    end if;
    perform private.store_threshold(
      v_scope.channel_type, v_scope.language, v_scope.rate, v_found
    );
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;

comment on function private.retune_thresholds is
'Looks hourly, and when a setting changed, what the labels say of every channel and language that
has settings; returns of how many.';
revoke all on function private.retune_thresholds from public;
grant execute on function private.retune_thresholds to service_role;

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

-- sql/ai/run_as_customer.sql
-- Invoker, as a definer cannot take on another role; the name was checked by ai_tools.
create or replace function private.run_as_customer(
  p_customer_id uuid,
  p_function text,
  p_arguments jsonb
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_role text := current_setting('role');
  v_claims text := coalesce(current_setting('request.jwt.claims', true), '');
  v_result jsonb;
begin
  perform set_config('request.jwt.claims', jsonb_build_object(
    'role', 'ai_reader', 'customer_id', p_customer_id
  )::text, true);
  perform set_config('role', 'ai_reader', true);
  execute format('select %s($1)', to_regprocedure(p_function || '(jsonb)')::regproc)
  into v_result using p_arguments;
  perform set_config('role', v_role, true);
  perform set_config('request.jwt.claims', v_claims, true);
  return v_result;
end;
$$;

comment on function private.run_as_customer is
'Calls a function of jsonb as ai_reader under a customer''s claims, and becomes who it was again; an
error on the way undoes both where the caller catches it.';
revoke all on function private.run_as_customer from public;
grant execute on function private.run_as_customer to service_role;

-- sql/ai/run_text.sql
create or replace function private.run_text(p_hash text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select run_texts.content
    from private.run_texts
    where run_texts.hash = decode(p_hash, 'hex')
  );
end;
$$;

comment on function private.run_text is
'A text that a model was shown, by its hash.';
revoke all on function private.run_text from public;
grant execute on function private.run_text to authenticated, service_role;

-- sql/ai/run_tool.sql
create or replace function private.run_tool(
  p_job_id uuid,
  p_attempt integer,
  p_name text,
  p_arguments jsonb default '{}'
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
  v_call jsonb;
  v_started timestamptz := clock_timestamp();
begin
  select reply_jobs.* into v_job
  from private.reply_jobs
  where reply_jobs.id = p_job_id;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('reply job %s not found', p_job_id);
  end if;

  v_call := private.try_tool(v_job, p_attempt, p_name, p_arguments);
  return private.keep_tool_call(
    v_job, p_attempt, p_name, p_arguments, v_call || jsonb_build_object(
      'latency_ms', round(private.milliseconds(clock_timestamp() - v_started))
    )
  );
end;
$$;

comment on function private.run_tool is
'What a tool gives for the customer of a turn that this claim still holds: {outcome: done|refused|
failed|fenced, reason, result, latency_ms}. Every call is kept. PT404.';
revoke all on function private.run_tool from public;
grant execute on function private.run_tool to service_role;

create trigger touch_ai_tools before update on public.ai_tools
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_ai_tools after insert or update or delete on public.ai_tools
for each row execute function private.audit_change();

-- sql/ai/seen_passage.sql
create or replace function private.seen_passage(p_passage jsonb, p_text text, p_piece text)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_article text := left(p_passage ->> 'article', 20000);
begin
  return jsonb_build_object(
    'article_id', p_passage -> 'article_id',
    'chunk_id', p_passage -> 'chunk_id',
    'title', left(p_passage ->> 'title', 500),
    'language', left(p_passage ->> 'language', 35),
    'coverage', p_passage -> 'coverage',
    'text', p_text,
    'passage', p_piece,
    'version', (
      select knowledge_versions.version
      from public.knowledge_versions
      where knowledge_versions.article_id = private.uuid_of(p_passage ->> 'article_id')
        and knowledge_versions.version <= coalesce(
          private.number_of(p_passage -> 'version'), knowledge_versions.version
        )
        and left(knowledge_versions.body, length(v_article)) = v_article
      order by knowledge_versions.version desc
      limit 1
    )
  );
end;
$$;

comment on function private.seen_passage is
'A passage as a run keeps it: texts by their hashes, and the version of the article that had this
text, also where it was changed while the answer was being made; null where none had.';
revoke all on function private.seen_passage from public;
grant execute on function private.seen_passage to service_role;

-- sql/ai/settings_by_language.sql
-- Who writes for the first time has no language yet when the turn is claimed; the worker hears it.
create or replace function private.settings_by_language(p_channel_type text)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_languages text[] := array(
    select lower(ai_settings.language)
    from public.ai_settings
    where ai_settings.language is not null
      and coalesce(ai_settings.channel_type, p_channel_type) = p_channel_type
    union
    select lower(ai_thresholds.language)
    from public.ai_thresholds
    where ai_thresholds.language is not null
      and coalesce(ai_thresholds.channel_type, p_channel_type) = p_channel_type
  );
begin
  if cardinality(v_languages) = 0 then
    return '{}';
  end if;

  return (
    select jsonb_object_agg(
      named.language, private.held_to(private.ai_setting(p_channel_type, named.language))
    )
    from unnest(v_languages || ''::text) as named (language)
  );
end;
$$;

comment on function private.settings_by_language is
'What a worker is held to in each language that a setting or a threshold names, as {language: {mode,
threshold, max_wrong_rate, instructions}}, under no name for all others.';
revoke all on function private.settings_by_language from public;
grant execute on function private.settings_by_language to service_role;

-- sql/ai/settle_suggestion.sql
-- Security definer: suggestions are the machine's to write; admins decide them through here alone.
create or replace function private.settle_suggestion(p_id uuid, p_approve boolean)
returns public.knowledge_suggestions
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_suggestion public.knowledge_suggestions;
begin
  perform private.require_admin();
  select * into v_suggestion
  from public.knowledge_suggestions
  where knowledge_suggestions.id = p_id
  for update;

  if not found then
    raise exception using errcode = 'PT404', message = format('suggestion %s not found', p_id);
  end if;
  if v_suggestion.state <> 'proposed' then
    raise exception using
      errcode = 'PT409',
      message = format('suggestion %s is %s already', p_id, v_suggestion.state);
  end if;

  update public.knowledge_suggestions
  set
    state = case when p_approve then 'approved' else 'refused' end,
    decided_by = (select auth.uid()), decided_at = clock_timestamp()
  where knowledge_suggestions.id = p_id
  returning * into v_suggestion;
  return v_suggestion;
end;
$$;

comment on function private.settle_suggestion is
'Marks a suggestion as decided and gives it. PT403, PT404, PT409.';
revoke all on function private.settle_suggestion from public;
grant execute on function private.settle_suggestion to authenticated, service_role;

-- sql/ai/shown_turn.sql
create or replace function private.shown_turn(p_job private.reply_jobs)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select messages.* into v_message
  from public.messages
  where messages.id = p_job.reply_message_id;

  return jsonb_build_object(
    'response', v_message.content,
    'confidence', v_message.confidence_score,
    'requiresHuman', coalesce(p_job.outcome not in ('answered', 'clarified', 'superseded'), false),
    'responseTime', private.milliseconds(
      p_job.finished_at - (p_job.deadline - interval '6 seconds')
    ),
    'state', coalesce(p_job.outcome::text, p_job.state::text),
    'messageId', v_message.id
  );
end;
$$;

comment on function private.shown_turn is
'A turn as its customer may see it, under the names of the project''s brief (R54).';
revoke all on function private.shown_turn from public;
grant execute on function private.shown_turn to service_role;

-- sql/ai/sources_exist.sql
create or replace function private.sources_exist(p_sources jsonb, p_job private.reply_jobs)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*) > 0 and bool_and(case
      when cited.source ? 'tool' then exists (
        select 1
        from public.ai_tool_calls
        join public.ai_tools on ai_tools.name = ai_tool_calls.tool
        where ai_tool_calls.reply_job_id = p_job.id
          and ai_tool_calls.attempt = p_job.attempt
          and ai_tool_calls.outcome = 'done'
          and ai_tools.name = cited.source ->> 'tool'
          and ai_tools.is_source
      )
      else knowledge_articles.id is not null
    end)
    from jsonb_array_elements(
      case when jsonb_typeof(p_sources) = 'array' then p_sources else '[]' end
    ) as cited (source)
    left join public.knowledge_articles
      on knowledge_articles.id = private.uuid_of(cited.source ->> 'article_id')
      and knowledge_articles.is_published
      and knowledge_articles.visibility = 'public'
  );
end;
$$;

comment on function private.sources_exist is
'Whether there is a source and every one is a published article of ours that is for customers, or a
tool that gave something in this very claim and may be rested on.';
revoke all on function private.sources_exist from public;
grant execute on function private.sources_exist to service_role;

-- sql/ai/speaks.sql
create or replace function private.speaks(p_language text, p_wanted text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_wanted is null or lower(p_wanted) in (
    lower(p_language), split_part(lower(p_language), '-', 1)
  );
end;
$$;

comment on function private.speaks is
'Whether a language is the wanted one, with or without a region; any when none is wanted.';
revoke all on function private.speaks from public;
grant execute on function private.speaks to authenticated, service_role;

-- sql/ai/store_threshold.sql
create or replace function private.store_threshold(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision,
  p_found jsonb
)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into public.ai_thresholds (
    channel_type, language, max_wrong_rate, threshold, labels, wrong, bound
  )
  values (
    p_channel_type, p_language, p_max_wrong_rate, (p_found ->> 'threshold')::double precision,
    (p_found ->> 'labels')::integer, (p_found ->> 'wrong')::integer,
    (p_found ->> 'bound')::double precision
  )
  on conflict (channel_type, language) do update
    set
      max_wrong_rate = excluded.max_wrong_rate,
      threshold = excluded.threshold,
      labels = excluded.labels,
      wrong = excluded.wrong,
      bound = excluded.bound,
      tuned_at = clock_timestamp();
$$;

comment on function private.store_threshold is
'Keeps what labels say about a channel and a language.';
revoke all on function private.store_threshold from public;
grant execute on function private.store_threshold to service_role;

-- sql/ai/suggest.sql
create or replace function private.suggest(
  p_kind text,
  p_article_id uuid,
  p_conversation_id uuid,
  p_question text,
  p_answer text
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_names text[] := private.names_in(p_conversation_id);
  v_question text := left(btrim(private.masked_text(p_question, v_names)), 500);
  v_language text := coalesce((
    select conversations.language
    from public.conversations
    where conversations.id = p_conversation_id
  ), 'en');
  v_terms text[] := (tsvector_to_array(private.search_terms(v_language, v_question)))[:40];
  v_known uuid := private.like_suggestion(p_kind, p_article_id, v_language, v_terms);
begin
  if cardinality(v_terms) < 2 then
    return;
  end if;

  if v_known is not null then
    update public.knowledge_suggestions
    set
      count = knowledge_suggestions.count + 1,
      last_asked_at = clock_timestamp(),
      conversation_ids = (knowledge_suggestions.conversation_ids || p_conversation_id)[:5]
    where knowledge_suggestions.id = v_known
      and p_conversation_id <> all (knowledge_suggestions.conversation_ids);
    return;
  end if;

  insert into public.knowledge_suggestions (
    kind, article_id, question, answer, language, terms, conversation_ids
  )
  values (
    p_kind, p_article_id, v_question, left(private.masked_text(p_answer, v_names), 5000),
    v_language, v_terms, array[p_conversation_id]
  );
end;
$$;

comment on function private.suggest is
'Proposes an article or a phrasing, without personal data; one that is known (refused ones too) is
counted instead.';
revoke all on function private.suggest from public;
grant execute on function private.suggest to service_role;

-- sql/ai/tapped_id.sql
create or replace function private.tapped_id(p_metadata jsonb)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return coalesce(
    p_metadata #>> '{interactive,button_reply,id}',
    p_metadata #>> '{interactive,list_reply,id}',
    p_metadata #>> '{quick_reply,payload}',
    p_metadata #>> '{postback,payload}',
    p_metadata #>> '{callback,data}'
  );
end;
$$;

comment on function private.tapped_id is
'The id of the choice that a customer tapped, by what the platform sent along; null when written.';
revoke all on function private.tapped_id from public;
grant execute on function private.tapped_id to service_role;

-- sql/ai/tell_of_budget.sql
create or replace function private.tell_of_budget(
  p_kind text,
  p_severity text,
  p_is_so boolean,
  p_message text
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_is_so then
    return private.raise_alert(p_kind, p_severity, p_message);
  end if;
  update public.alerts
  set resolved_at = clock_timestamp()
  where alerts.kind = p_kind and alerts.resolved_at is null;
  return found;
end;
$$;

comment on function private.tell_of_budget is
'Raises an alert about the budget while it is so, and resolves it when it no longer is.';
revoke all on function private.tell_of_budget from public;
grant execute on function private.tell_of_budget to service_role;

create trigger touch_ai_budget before update on public.ai_budget
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_ai_budget after insert or update or delete on public.ai_budget
for each row execute function private.audit_change();

-- sql/ai/threshold_of.sql
create or replace function private.threshold_of(p_setting jsonb)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return greatest(
    (p_setting ->> 'confidence_threshold')::double precision,
    (p_setting ->> 'tuned_threshold')::double precision
  );
end;
$$;

comment on function private.threshold_of is
'The gate that holds: the higher of the one that was set (R50) and the one that labels found.';
revoke all on function private.threshold_of from public;
grant execute on function private.threshold_of to authenticated, service_role;

-- sql/ai/told_of_turn.sql
create or replace function private.told_of_turn(
  p_job private.reply_jobs,
  p_decision jsonb,
  p_reply jsonb
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'state', case
      when p_job.is_shadow and p_decision ->> 'outcome' <> 'fenced' then 'shadowed'
      else p_decision ->> 'outcome'
    end,
    'response', case
      when p_decision ->> 'outcome' in ('answered', 'clarified') then p_reply ->> 'content'
    end,
    'confidence', private.confidence_of(p_reply),
    'requiresHuman', p_decision ->> 'outcome' = 'handed_over',
    'responseTime', private.milliseconds(
      clock_timestamp() - (p_job.deadline - interval '6 seconds')
    )
  );
end;
$$;

comment on function private.told_of_turn is
'What came of a turn under the names of the project''s brief (R54): {state, response, confidence,
requiresHuman, responseTime in milliseconds since the first unanswered message}.';
revoke all on function private.told_of_turn from public;
grant execute on function private.told_of_turn to service_role;

-- sql/ai/told_to_model.sql
create or replace function private.told_to_model(p_setting jsonb)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return concat_ws(
    E'\n\n',
    nullif(p_setting ->> 'instructions', ''),
    'Tone: ' || nullif(p_setting ->> 'tone', ''),
    'Never: ' || nullif(p_setting ->> 'guardrails', '')
  );
end;
$$;

comment on function private.told_to_model is
'Instructions, tone and guardrails of a setting as one text for the model (R120).';
revoke all on function private.told_to_model from public;
grant execute on function private.told_to_model to service_role;

-- sql/ai/tool_knowledge_search.sql
-- Security definer: the search weighs words by tables that are none of a tool's business, and finds
-- published articles alone.
create or replace function private.tool_knowledge_search(p_arguments jsonb)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'title', found.title,
      'content', left(found.content, 2000),
      'language', found.language,
      'source_url', found.source_url,
      'article', jsonb_build_object(
        'article_id', found.article_id, 'title', found.title, 'version', found.version
      )
    )
    order by found.rank
  ), '[]')
  from public.search_knowledge(left(p_arguments ->> 'question', 2000), null, 3) as found;
$$;

comment on function private.tool_knowledge_search is
'Tool: the three published articles that cover a question best.';
revoke all on function private.tool_knowledge_search from public;
grant execute on function private.tool_knowledge_search to ai_reader, service_role;

-- sql/ai/tool_my_conversations.sql
create or replace function private.tool_my_conversations(p_arguments jsonb)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(newest.line order by newest.created_at desc), '[]')
  from (
    select
      conversations.created_at,
      jsonb_build_object(
        'channel', conversations.channel_type,
        'status', conversations.status,
        'subject', conversations.subject,
        'began_at', conversations.created_at,
        'last_message', (
          select left(messages.content, 500)
          from public.messages
          where messages.conversation_id = conversations.id
          order by messages.seq desc
          limit 1
        )
      ) as line
    from public.conversations
    order by conversations.created_at desc
    limit case
      when p_arguments ->> 'limit' ~ '^[0-9]{1,3}$'
        then least(greatest((p_arguments ->> 'limit')::integer, 1), 20)
      else 5
    end
  ) as newest;
$$;

comment on function private.tool_my_conversations is
'Tool: the conversations of the customer in the claims, newest first, at most twenty.';
revoke all on function private.tool_my_conversations from public;
grant execute on function private.tool_my_conversations to ai_reader, service_role;

-- sql/ai/tool_my_profile.sql
create or replace function private.tool_my_profile(p_arguments jsonb)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'name', customer_profiles.name,
    'email', customer_profiles.email,
    'phone', customer_profiles.phone,
    'language', customer_profiles.language,
    'attributes', (
      select coalesce(jsonb_object_agg(told.name, told.value), '{}')
      from jsonb_each(customer_profiles.attributes) as told (name, value)
      join public.ai_tools on told.name = any (ai_tools.customer_attributes)
      where ai_tools.name = 'my_profile'
    ),
    'customer_since', customer_profiles.created_at
  )
  from public.customer_profiles;
$$;

comment on function private.tool_my_profile is
'Tool: what we know about the customer in the claims, whom row level security finds; of their
attributes those that ai_tools.customer_attributes names.';
revoke all on function private.tool_my_profile from public;
grant execute on function private.tool_my_profile to ai_reader, service_role;

-- sql/ai/tool_refusal.sql
create or replace function private.tool_refusal(
  p_job private.reply_jobs,
  p_attempt integer,
  p_tool public.ai_tools
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_tool.id is null then 'unknown_tool'
    when not p_tool.is_enabled then 'disabled'
    when to_regprocedure(p_tool.function_name || '(jsonb)') is null then 'no_function'
    when not has_function_privilege(
      'ai_reader', to_regprocedure(p_tool.function_name || '(jsonb)'), 'execute'
    ) then 'not_granted'
    when (
      select count(*) >= 8
      from public.ai_tool_calls
      where ai_tool_calls.reply_job_id = p_job.id and ai_tool_calls.attempt = p_attempt
    ) then 'too_many'
    when p_tool.requires_identity and not private.turn_is_verified(p_job) then 'not_verified'
  end;
end;
$$;

comment on function private.tool_refusal is
'Why a tool may not run in a turn, null where it may: unknown_tool, disabled, no_function,
not_granted, too_many (eight in a claim), not_verified.';
revoke all on function private.tool_refusal from public;
grant execute on function private.tool_refusal to service_role;

-- sql/ai/tools_for.sql
create or replace function private.tools_for(p_job private.reply_jobs)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_is_verified boolean := private.turn_is_verified(p_job);
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', ai_tools.name,
      'description', ai_tools.description,
      'parameters', ai_tools.parameters,
      'is_source', ai_tools.is_source
    ) order by ai_tools.name), '[]')
    from public.ai_tools
    where ai_tools.is_enabled
      and (v_is_verified or not ai_tools.requires_identity)
      and has_function_privilege(
        'ai_reader', to_regprocedure(ai_tools.function_name || '(jsonb)'), 'execute'
      )
  );
end;
$$;

comment on function private.tools_for is
'The tools that a model is offered for a turn: those that run_tool would not refuse to it.';
revoke all on function private.tools_for from public;
grant execute on function private.tools_for to service_role;

-- sql/ai/try_tool.sql
create or replace function private.try_tool(
  p_job private.reply_jobs,
  p_attempt integer,
  p_name text,
  p_arguments jsonb
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_tool public.ai_tools;
  v_reason text;
  v_result jsonb;
begin
  if not private.turn_is_held(p_job, p_job.worker, p_attempt) then
    return '{"outcome": "fenced"}';
  end if;

  select ai_tools.* into v_tool
  from public.ai_tools
  where ai_tools.name = p_name;
  v_reason := private.tool_refusal(p_job, p_attempt, v_tool);
  if v_reason is not null then
    return jsonb_build_object('outcome', 'refused', 'reason', v_reason);
  end if;

  begin
    select private.run_as_customer(conversations.customer_id, v_tool.function_name, p_arguments)
    into v_result
    from public.conversations
    where conversations.id = p_job.conversation_id;
  exception when others then
    return jsonb_build_object('outcome', 'failed', 'reason', sqlstate);
  end;
  if length(v_result::text) > 20000 then
    return '{"outcome": "failed", "reason": "too_long"}';
  end if;
  return jsonb_build_object('outcome', 'done', 'reason', null, 'result', v_result);
end;
$$;

comment on function private.try_tool is
'Runs a tool where it may run: {outcome, reason, result}; nothing that its function raises passes.';
revoke all on function private.try_tool from public;
grant execute on function private.try_tool to service_role;

-- sql/ai/tune_threshold.sql
create or replace function public.tune_threshold(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision default 0.05,
  p_apply boolean default false,
  p_sources text[] default '{agent,rating}'
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_found jsonb;
begin
  perform private.require_agent();
  perform private.check_channel_type(p_channel_type);
  if p_max_wrong_rate is null or p_max_wrong_rate <= 0 or p_max_wrong_rate >= 1 then
    raise exception using
      errcode = 'PT400',
      message = 'the highest share of wrong answers lies between 0 and 1',
      hint = 'give a share, as 0.05';
  end if;

  v_found := private.best_threshold(p_channel_type, p_language, p_max_wrong_rate, p_sources);
  if (v_found ->> 'labels')::integer < private.labels_needed(p_max_wrong_rate) then
    raise exception using
      errcode = 'PT409',
      message = format(
        '%s labelled answers are too few to promise %s wrong', v_found ->> 'labels',
        p_max_wrong_rate
      ),
      hint = format(
        'at least %s are needed: agents label answers by label_answer(message, right or wrong),'
        ' customers by their ratings', private.labels_needed(p_max_wrong_rate)
      );
  end if;

  if p_apply then
    perform private.apply_threshold(p_channel_type, p_language, p_max_wrong_rate, v_found);
  end if;
  return v_found || jsonb_build_object(
    'channel', p_channel_type, 'language', p_language, 'max_wrong_rate', p_max_wrong_rate,
    'confidence', 0.95, 'is_applied', p_apply
  );
end;
$$;

comment on function public.tune_threshold is
'The confidence above which no more than a share of answers is wrong, from labels, with 95 %
confidence; null for channel or language is any. p_apply makes it the gate (admins; it happens
hourly by itself as well). Sources that can only say wrong are left out unless named. {threshold,
labels, answers, wrong, bound, channel, language, max_wrong_rate, confidence, is_applied,
is_undecided}. PT400,
PT403; PT409 with how many labels are needed.';
revoke all on function public.tune_threshold from public, anon, authenticated, service_role;
grant execute on function public.tune_threshold to authenticated, service_role;

-- sql/ai/tuned_threshold.sql
-- One that was found for another share of wrong answers says nothing about this one.
create or replace function private.tuned_threshold(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision
)
returns double precision
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select ai_thresholds.threshold
    from public.ai_thresholds
    where ai_thresholds.threshold is not null
      and ai_thresholds.max_wrong_rate = p_max_wrong_rate
      and coalesce(ai_thresholds.channel_type, p_channel_type) = p_channel_type
      and (
        ai_thresholds.language is null or private.speaks(p_language, ai_thresholds.language)
      )
    order by ai_thresholds.channel_type is null, ai_thresholds.language is null
    limit 1
  );
end;
$$;

comment on function private.tuned_threshold is
'The confidence above which labels promise no more wrong answers than this share; null without.';
revoke all on function private.tuned_threshold from public;
grant execute on function private.tuned_threshold to authenticated, service_role;

-- sql/ai/turn_asked.sql
create or replace function private.turn_asked(
  p_job private.reply_jobs,
  p_conversation public.conversations
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_language text := private.language_of(p_conversation);
  v_question text := private.question_of(p_job);
begin
  return jsonb_build_object(
    'job_id', p_job.id,
    'attempt', p_job.attempt,
    'conversation_id', p_conversation.id,
    'channel_type', p_conversation.channel_type,
    'remaining_ms', private.milliseconds(p_job.deadline - clock_timestamp()),
    'language', v_language,
    'language_is_known', p_conversation.language is not null,
    'by_language', private.settings_by_language(p_conversation.channel_type),
    'question', v_question,
    'wish', private.wish_of(v_question, v_language),
    'is_shadow', p_job.is_shadow,
    'model_allowed', not private.budget_is_spent(),
    'topics', private.common_topics(v_language),
    'choice', private.turn_choice(p_job)
  ) || private.held_to(private.ai_setting(p_conversation.channel_type, v_language));
end;
$$;

comment on function private.turn_asked is
'What a turn of today, one of the past and a draft have in common: who asks what, what there is to
offer, and what the answer is held to. Of a telephone number only the language of its country is
given away.';
revoke all on function private.turn_asked from public;
grant execute on function private.turn_asked to service_role;

-- sql/ai/turn_choice.sql
-- Small talk offers topics too, but asks nothing back: it is no clarification.
create or replace function private.turn_choice(p_job private.reply_jobs)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'is_clarified', offer.message_type is not distinct from 'choices'
        and coalesce(offer.intent_detected, '') not in (
          'greeting', 'thanks', 'opt_out', 'opt_in', 'no_words'
        ),
      'id', picked.choice ->> 'id',
      'passage', private.article_passage(picked.choice ->> 'id')
    )
    from private.last_offer(p_job) as offer
    left join lateral (
      select private.chosen(
        offer.metadata -> 'choices', answer.content, private.tapped_id(answer.metadata)
      ) as choice
      from public.messages as answer
      where answer.conversation_id = p_job.conversation_id
        and answer.seq between p_job.first_seq and p_job.last_seq
        and answer.sender_type = 'customer'
        and answer.deleted_at is null
      order by answer.seq desc
      limit 1
    ) as picked on true
  );
end;
$$;

comment on function private.turn_choice is
'What a turn answers to: {is_clarified: whether we asked back just before, id: of the choice made,
passage: of the article chosen}.';
revoke all on function private.turn_choice from public;
grant execute on function private.turn_choice to service_role;

-- sql/ai/turn_facts.sql
create or replace function private.turn_facts(
  p_job private.reply_jobs,
  p_conversation public.conversations,
  p_question text
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_said public.messages[];
  v_answers public.messages[];
begin
  if p_conversation.context_seq + 1 < p_job.first_seq then
    v_said := private.ai_messages(
      p_conversation.id, p_conversation.context_seq + 1, p_job.first_seq - 1
    );
    v_answers := array(
      select said
      from unnest(v_said) as said
      where said.message_type <> 'choices'
      order by said.seq desc
    );
  end if;

  return jsonb_build_object(
    'ai_turns', coalesce(cardinality(v_said), 0),
    'clarifications', (
      select count(*)
      from unnest(v_said) as said
      where said.seq > coalesce((v_answers[1]).seq, 0)
    ),
    'articles', array(
      select answers.knowledge_sources #>> '{0,article_id}'
      from unnest(v_answers) as answers
    ),
    'signals', array_remove(array[
      case when private.asked_before((v_answers[1]).reply_job_id, p_question)
        then 'repeated_question' end,
      case
        when private.chosen((v_said[1]).metadata -> 'choices', p_question, null)
          ->> 'id' = 'person' then 'asks_for_human'
      end
    ], null)
  );
end;
$$;

comment on function private.turn_facts is
'What the hand-over rules may know before a model is asked: {ai_turns, clarifications in a row,
articles cited, signals}, since the AI last began anew. Small talk does not count.';
revoke all on function private.turn_facts from public;
grant execute on function private.turn_facts to service_role;

-- sql/ai/turn_for.sql
create or replace function private.turn_for(p_id uuid)
returns private.reply_jobs
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  select reply_jobs.* into v_job
  from (
    select messages.conversation_id, messages.seq, messages.reply_job_id, messages.id
    from public.messages
    where messages.id = p_id
    union all
    select ai_runs.conversation_id, null, ai_runs.reply_job_id, null
    from public.ai_runs
    where ai_runs.id = p_id
  ) as meant
  join private.reply_jobs on reply_jobs.conversation_id = meant.conversation_id
  where reply_jobs.id = meant.reply_job_id
    or reply_jobs.reply_message_id = meant.id
    or meant.seq between reply_jobs.first_seq and reply_jobs.last_seq
  order by reply_jobs.created_at desc
  limit 1;

  if v_job.id is null then
    raise exception using
      errcode = 'PT404',
      message = format('no turn of the AI for %s', p_id),
      hint = 'give the id of an answer, of a customer''s question, or of a run in ai_runs';
  end if;
  return v_job;
end;
$$;

comment on function private.turn_for is
'The turn that a message asked or answered, or that a run belongs to; PT404.';
revoke all on function private.turn_for from public;
grant execute on function private.turn_for to authenticated, service_role;

-- sql/ai/turn_is_held.sql
create or replace function private.turn_is_held(
  p_job private.reply_jobs,
  p_worker text,
  p_attempt integer
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_job.state = 'running'
    and p_job.worker = p_worker
    and p_job.attempt = p_attempt
    and (p_job.is_shadow or exists (
      select 1
      from public.conversations
      where conversations.id = p_job.conversation_id
        and conversations.epoch = p_job.epoch
        and conversations.ai_mode = 'auto'
    ));
end;
$$;

comment on function private.turn_is_held is
'Whether this claim may still write: same worker, same attempt, nobody took the conversation (I7,
I8); in shadow people have it from the start.';
revoke all on function private.turn_is_held from public;
grant execute on function private.turn_is_held to service_role;

-- sql/ai/turn_is_verified.sql
create or replace function private.turn_is_verified(p_job private.reply_jobs)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select exists (
    select 1
    from public.conversations
    join public.customer_identities
      on customer_identities.customer_id = conversations.customer_id
        and customer_identities.channel_id = conversations.channel_id
    where conversations.id = p_job.conversation_id
      and customer_identities.is_verified
      and (conversations.channel_type <> 'website' or customer_identities.kind = 'external')
      and (conversations.channel_type <> 'email' or customer_identities.kind = 'email')
  ) and not exists (
    select 1
    from public.conversations
    join public.messages on messages.conversation_id = conversations.id
    where conversations.id = p_job.conversation_id
      and conversations.channel_type = 'email'
      and messages.seq between p_job.first_seq and p_job.last_seq
      and messages.sender_type = 'customer'
      and messages.metadata #>> '{authentication,trusted}' is distinct from 'true'
  );
$$;

comment on function private.turn_is_verified is
'Whether the customer of a turn is proven: signed by their site (website), every mail of the turn
authenticated by our own servers (e-mail), vouched for by the platform elsewhere (R119).';
revoke all on function private.turn_is_verified from public;
grant execute on function private.turn_is_verified to service_role;

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
        and (
          answers.sender_type in ('ai', 'agent') and not answers.is_private
          or answers.sender_type = 'system' and answers.metadata ->> 'event' = 'resolved'
        )
    ), 0);
$$;

comment on function private.unanswered_messages is
'What the customer said since the last answer or resolution and what calls for an answer, oldest
first. That people will answer, as a hand-over says, is no answer.';
revoke all on function private.unanswered_messages from public;
grant execute on function private.unanswered_messages to service_role;

-- sql/ai/usual_rules.sql
-- What hands a conversation over where nobody has said otherwise (R51): admins switch rows off,
-- change them and add their own. The first rule that fits names the reason, so what is most urgent
-- to the person at the desk comes first: a complaint that threatens to sue is one of law.
insert into public.hand_over_rules (name, position, reason, priority, signal)
values
('Asks for a person', 10, 'asked_for_human', null, 'asks_for_human'),
('Complaint', 30, 'complaint', 'high', 'complaint'),
('Did not help', 50, 'not_helped', null, 'not_helped'),
('Asked again', 60, 'repeated_question', null, 'repeated_question'),
('Third answer from one article', 70, 'same_source', null, 'same_source'),
('Not sure enough', 1000, 'low_confidence', null, 'low_confidence')
on conflict (name) do nothing;

insert into public.hand_over_rules (name, position, reason, priority, customer_has)
values ('Very important customer', 20, 'vip', 'high', '{"vip": true}')
on conflict (name) do nothing;

insert into public.hand_over_rules (name, position, reason, after_ai_turns)
values ('Limit of turns', 80, 'turn_limit', 6)
on conflict (name) do nothing;

insert into public.hand_over_rules (name, position, reason, after_clarifications)
values ('Asked back twice', 90, 'clarify_limit', 2)
on conflict (name) do nothing;

insert into public.hand_over_rules (name, position, reason, priority, sentiment, is_enabled)
values ('Angry or sad', 95, 'sentiment', 'high', 'negative', false)
on conflict (name) do nothing;

-- French avocat is an avocado too, Dutch advocaat and Polish adwokat a drink: only where a person
-- is meant.
insert into public.hand_over_rules (name, position, reason, priority, keywords)
values (
  'Law and safety', 5, 'keyword', 'urgent',
  array[
    'lawyer', 'attorney', 'solicitor', 'sue you', 'take legal action', 'suicide', 'kill myself',
    'Anwalt', 'Rechtsanwalt', 'Anwältin', 'verklagen', 'Selbstmord', 'umbringen',
    'abogado', 'abogada', 'demandarlos', 'suicidio', 'suicidarme',
    'mon avocat', 'mes avocats', 'notre avocat', 'nos avocats', 'avocate', 'avocat vous',
    'avocats vous', 'avocat va vous', 'avocat prendra contact', 'contacter un avocat',
    'consulter un avocat', 'engager un avocat', 'saisir un avocat', 'cabinet d''avocats',
    'porter plainte', 'suicide', 'me suicider',
    'avvocato', 'denuncia legale', 'suicidio', 'uccidermi',
    'advogado', 'advogada', 'processar vocês', 'suicídio', 'me matar',
    'mijn advocaat', 'mijn advocaten', 'onze advocaat', 'onze advocaten', 'advocaat inschakelen',
    'advocaat in de arm', 'advocaat neemt contact', 'advocaat zal', 'naar een advocaat',
    'advocatenkantoor', 'aanklagen', 'zelfmoord',
    'prawnik', 'prawnika', 'prawnikiem', 'mój adwokat', 'nasz adwokat', 'mojego adwokata',
    'moim adwokatem', 'do adwokata', 'adwokat skontaktuje', 'pozwę', 'samobójstwo',
    'адвокат', 'юрист', 'подам в суд', 'самоубийство', 'покончить с собой',
    'avukat', 'dava açacağım', 'intihar',
    'محامي', 'سأقاضيكم', 'انتحار',
    '律师', '起诉', '自杀'
  ]
)
on conflict (name) do nothing;

-- From here on: what a new project brings is nobody's change.
create trigger audit_hand_over_rules after insert or update or delete on public.hand_over_rules
for each row execute function private.audit_change();

-- sql/ai/uuid_of.sql
create or replace function private.uuid_of(p_text text)
returns uuid
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_text ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
      then p_text::uuid
  end;
end;
$$;

comment on function private.uuid_of is
'A text as an id, null where it is none: for what a worker or a model says.';
revoke all on function private.uuid_of from public;
grant execute on function private.uuid_of to authenticated, service_role;

-- sql/ai/was_told_lately.sql
create or replace function private.was_told_lately(
  p_customer_id uuid,
  p_channel_id uuid,
  p_reason text
)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select exists (
    select
    from public.conversations
    join public.messages on messages.conversation_id = conversations.id
    where conversations.customer_id = p_customer_id
      and conversations.channel_id = p_channel_id
      and messages.sender_type = 'system'
      and not messages.is_private
      and messages.created_at > statement_timestamp() - interval '1 day'
      and messages.metadata ->> 'event' = 'handed_over'
      and messages.metadata ->> 'reason' = p_reason
  );
$$;

comment on function private.was_told_lately is
'Whether a customer was told within a day, in any of their conversations on a channel, that people
answer them for this reason.';
revoke all on function private.was_told_lately from public;
grant execute on function private.was_told_lately to service_role;

-- sql/ai/watch_budget.sql
create or replace function private.watch_budget()
returns bigint
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_today date := (statement_timestamp() at time zone 'UTC')::date;
  v_budget bigint := (select ai_budget.daily_microusd from public.ai_budget);
  v_spent bigint;
  v_ahead bigint;
  v_unpriced bigint;
begin
  select
    coalesce(sum(ai_calls.cost_microusd), 0),
    coalesce(sum(ai_calls.cost_microusd) filter (
      where ai_calls.created_at > clock_timestamp() - interval '11 seconds'
    ), 0),
    count(*) filter (where ai_calls.cost_microusd is null)
  into v_spent, v_ahead, v_unpriced
  from public.ai_calls
  where ai_calls.created_at >= v_today::timestamp at time zone 'UTC';

  insert into private.ai_spending as known (day, spent_microusd, ahead_microusd, unpriced)
  values (v_today, v_spent, v_ahead, v_unpriced)
  on conflict (day) do update
    set (spent_microusd, ahead_microusd, unpriced) = row(v_spent, v_ahead, v_unpriced)
    where (known.spent_microusd, known.ahead_microusd, known.unpriced)
      is distinct from (v_spent, v_ahead, v_unpriced);

  perform private.tell_of_budget('budget_near', 'warning', v_spent >= 0.8 * v_budget, format(
    'models have cost %s of %s dollars today', round(v_spent / 1e6, 2), round(v_budget / 1e6, 2)
  ));
  perform private.tell_of_budget('budget_spent', 'critical', v_spent >= v_budget, format(
    'the day''s budget for models of %s dollars is spent: the articles answer alone until midnight'
    ' UTC', round(v_budget / 1e6, 2)
  ));
  perform private.tell_of_budget(
    'budget_blind', 'warning', v_unpriced > 0 and v_budget is not null, format(
      '%s calls to models without a price today: the budget does not count them and cannot end'
      ' them; set prices in model_prices or by romashka ai price set', v_unpriced
    )
  );
  return v_spent;
end;
$$;

comment on function private.watch_budget is
'Sums up what models cost today and alerts at four fifths of the budget, at all of it, and when it
counts blindly because a model has no price in model_prices; returns millionths of a dollar.';
revoke all on function private.watch_budget from public;
grant execute on function private.watch_budget to service_role;

-- sql/ai/wrong_bound.sql
create or replace function private.wrong_bound(p_wrong bigint, p_count bigint)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  select (
    share.wrong + z.square / (2 * share.total)
    + sqrt(
      z.square * (share.wrong * (1 - share.wrong) + z.square / (4 * share.total)) / share.total
    )
  ) / (1 + z.square / share.total)
  from (
    values (p_wrong::double precision / nullif(p_count, 0), nullif(p_count, 0)::double precision)
  ) as share (wrong, total)
  cross join (values (1.6448536269514722 ^ 2::double precision)) as z (square);
$$;

comment on function private.wrong_bound is
'At most so large is the true share of wrong ones, with 95 % confidence (Wilson''s bound,
one-sided).';
revoke all on function private.wrong_bound from public;
grant execute on function private.wrong_bound to authenticated, service_role;

-- sql/ai/wrong_rate_of.sql
-- What labels of its own answers found holds for a business better than what others taught.
create or replace function private.wrong_rate_of(p_setting jsonb)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_setting ->> 'tuned_threshold' is null
      then coalesce((p_setting ->> 'max_wrong_rate')::double precision, 1)
    else 1
  end;
end;
$$;

comment on function private.wrong_rate_of is
'The share of wrong answers to which the embedded answerer is held by what was measured elsewhere;
1, which is no gate, where labels of our own answers found the threshold.';
revoke all on function private.wrong_rate_of from public;
grant execute on function private.wrong_rate_of to service_role;

-- sql/learning/ai_cases.sql
create or replace function private.ai_cases(p_since timestamptz, p_until timestamptz)
returns table (
  conversation_id uuid,
  customer_id uuid,
  channel_type text,
  language text,
  day date,
  turns bigint,
  answered bigint,
  handed_over bigint,
  first_at timestamptz,
  last_answer_at timestamptz,
  slowest_ms double precision[]
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    conversations.id, conversations.customer_id, conversations.channel_type,
    conversations.language,
    (reply_jobs.created_at at time zone 'UTC')::date as on_day,
    count(*),
    count(*) filter (where reply_jobs.outcome = 'answered'),
    count(*) filter (where reply_jobs.outcome = 'handed_over'),
    min(reply_jobs.created_at),
    max(reply_jobs.finished_at) filter (where reply_jobs.outcome = 'answered'),
    array_agg(private.milliseconds(
      reply_jobs.finished_at - (reply_jobs.deadline - interval '6 seconds')
    ))
  from private.reply_jobs
  join public.conversations on conversations.id = reply_jobs.conversation_id
  left join public.messages as replies on replies.id = reply_jobs.reply_message_id
  where reply_jobs.created_at >= p_since
    and reply_jobs.created_at < p_until
    and reply_jobs.outcome in ('answered', 'clarified', 'handed_over', 'dead')
    and reply_jobs.reason is distinct from 'ai_disabled'
    and not reply_jobs.is_shadow
  group by conversations.id, on_day
  having bool_or(
    reply_jobs.outcome <> 'clarified'
    or coalesce(replies.intent_detected, '') not in ('greeting', 'thanks', 'opt_out', 'opt_in')
  );
end;
$$;

comment on function private.ai_cases is
'What the AI was asked where it is on, a line for each conversation and day (of UTC), with how many
milliseconds each of its turns took; small talk alone asks nothing.';
revoke all on function private.ai_cases from public;
grant execute on function private.ai_cases to authenticated, service_role;

-- sql/learning/ai_figures.sql
create or replace function public.ai_figures(p_interval interval default '30 days')
returns table (
  day date,
  channel_type text,
  language text,
  conversations bigint, turns bigint,
  answered bigint, handed_over bigint,
  resolved bigint, resolved_open bigint,
  resolved_strictly bigint, strictly_open bigint,
  cost_microusd bigint, unpriced bigint,
  cost_per_conversation double precision,
  p95_ms double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_since timestamptz := date_trunc('day', statement_timestamp() - p_interval, 'UTC');
begin
  perform private.require_agent();
  return query
  select
    coalesce(cases.day, spent.day) as on_day,
    coalesce(cases.channel_type, spent.channel_type) as on_channel,
    coalesce(cases.language, spent.language) as in_language,
    count(cases.turns), coalesce(sum(cases.turns), 0)::bigint,
    coalesce(sum(cases.answered), 0)::bigint, coalesce(sum(cases.handed_over), 0)::bigint,
    count(*) filter (where judged.resolved = 'yes'),
    count(*) filter (where judged.resolved = 'open'),
    count(*) filter (where judged.resolved_strictly = 'yes'),
    count(*) filter (where judged.resolved_strictly = 'open'),
    coalesce(sum(spent.microusd), 0)::bigint, coalesce(sum(spent.unpriced), 0)::bigint,
    case
      when sum(spent.microusd) > 0 or coalesce(sum(spent.unpriced), 0) = 0
        then coalesce(sum(spent.microusd), 0)::double precision / nullif(count(cases.turns), 0)
    end,
    private.percentile_of(array_agg(to_jsonb(cases.slowest_ms)), 0.95)
  from private.ai_cases(v_since, 'infinity') as cases
  full join private.spent_since(v_since) as spent
    on spent.conversation_id = cases.conversation_id and spent.day = cases.day
  cross join lateral private.judge_case(
    cases.conversation_id, cases.customer_id, cases.first_at, cases.last_answer_at
  ) as judged
  group by on_day, on_channel, in_language
  order by on_day desc, on_channel, in_language;
end;
$$;

comment on function public.ai_figures is
'What the AI did, by day (of UTC), channel and language: conversations, turns, answered and
handed_over turns; resolution twice (judge_case): resolved and resolved_strictly, with those that
are too early to tell (resolved_open, strictly_open); what models cost in millionths of a dollar
(unpriced: calls without a price, which are left out) and by conversation, null where no call had a
price or no conversation counts; the 95th percentile of response times in milliseconds. All calls of
a day cost, also those of turns that people took, of shadow, drafts and summaries, which are no
conversations of the AI, and of conversations that are gone (channel and language are null then);
backtests alone are left out. PT403.';
revoke all on function public.ai_figures from public, anon, authenticated, service_role;
grant execute on function public.ai_figures to authenticated, service_role;

-- sql/learning/ask_for_draft.sql
-- Security definer: agents ask, a worker writes; nobody puts words of the AI there by hand.
create or replace function private.ask_for_draft(p_conversation_id uuid, p_kind text)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_id uuid;
  v_last integer;
begin
  perform private.require_agent();
  perform 1 from public.conversations where conversations.id = p_conversation_id for no key update;
  if not found then
    raise exception using
      errcode = 'PT404', message = format('conversation %s not found', p_conversation_id);
  end if;

  select ai_drafts.id into v_id
  from public.ai_drafts
  where ai_drafts.conversation_id = p_conversation_id
    and ai_drafts.kind = p_kind
    and ai_drafts.state in ('waiting', 'running');
  if found then
    return v_id;
  end if;

  v_last := private.last_of_customer(p_conversation_id);
  if v_last is null then
    raise exception using
      errcode = 'PT409',
      message = format('no customer has written in %s', p_conversation_id),
      hint = 'ask again when there is something to answer';
  end if;
  perform private.require_pace(
    format('drafts of %s', coalesce((select auth.uid())::text, 'service')), 30, '1 minute'
  );
  insert into public.ai_drafts (conversation_id, kind, first_seq, last_seq, requested_by)
  values (
    p_conversation_id, p_kind, private.first_unanswered(p_conversation_id, v_last), v_last,
    (select auth.uid())
  )
  returning ai_drafts.id into v_id;
  perform private.broadcast(array['worker'], array['drafts'], array['{}'::jsonb]);
  return v_id;
end;
$$;

comment on function private.ask_for_draft is
'Queues a draft or a summary for a worker, or gives the one that is on its way; PT403, PT404, PT409,
PT429 after thirty a minute.';
revoke all on function private.ask_for_draft from public;
grant execute on function private.ask_for_draft to authenticated, service_role;

-- sql/learning/backtest.sql
create or replace function public.backtest(
  p_candidate jsonb default '{}',
  p_filter jsonb default '{}',
  p_limit integer default 200
)
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.start_backtest(p_candidate, p_filter, p_limit);
$$;

comment on function public.backtest is
'Tries other settings on the newest turns of the past that fit a filter, and sends nothing (U6).
candidate: {model: a name or embedded, threshold, instructions, tone, guardrails, articles:
now|then}; filter: {channel, language, since: 90 days ago, until}. A worker does it beside its work:
get_backtest tells how far it is and what came of it. Returns {id, turns}. For admins, since models
cost money. PT400, PT403.';
revoke all on function public.backtest from public, anon, authenticated, service_role;
grant execute on function public.backtest to authenticated, service_role;

-- sql/learning/blank_trials.sql
create or replace function private.blank_trials(p_conversation_ids uuid[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.ai_backtest_items
  set reply = null, error = null, sources = '[]'
  where ai_backtest_items.conversation_id = any (p_conversation_ids);

  update public.ai_drafts
  set content = null, error = null, sources = '[]'
  where ai_drafts.conversation_id = any (p_conversation_ids);
end;
$$;

comment on function private.blank_trials is
'Takes what was said out of trials of the past, drafts and summaries.';
revoke all on function private.blank_trials from public;
grant execute on function private.blank_trials to service_role;

-- sql/learning/came_back.sql
create or replace function private.came_back(p_customer_id uuid, p_after timestamptz)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.conversations
    join public.messages on messages.conversation_id = conversations.id
    where conversations.customer_id = p_customer_id
      and messages.sender_type = 'customer'
      and messages.created_at > p_after
      and messages.created_at <= p_after + interval '7 days'
      and not exists (
        select 1
        from private.reply_jobs
        join public.messages as replies on replies.id = reply_jobs.reply_message_id
        where reply_jobs.conversation_id = messages.conversation_id
          and messages.seq between reply_jobs.first_seq and reply_jobs.last_seq
          and reply_jobs.outcome = 'clarified'
          and replies.intent_detected = 'thanks'
      )
  );
end;
$$;

comment on function private.came_back is
'Whether a customer wrote again, anywhere, within seven days; thanks for an answer are no return.';
revoke all on function private.came_back from public;
grant execute on function private.came_back to authenticated, service_role;

-- sql/learning/cancel_backtest.sql
create or replace function public.cancel_backtest(p_id uuid)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.stop_backtest(p_id);
$$;

comment on function public.cancel_backtest is
'Ends a backtest before its last turn; get_backtest still gives what was found by then. For admins.
PT403, PT404; PT409 where it has ended already.';
revoke all on function public.cancel_backtest from public, anon, authenticated, service_role;
grant execute on function public.cancel_backtest to authenticated, service_role;

-- sql/learning/check_backtest.sql
create or replace function private.check_backtest(
  p_candidate jsonb,
  p_filter jsonb,
  p_limit integer
)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_fault text;
begin
  v_fault := case
    when coalesce(jsonb_typeof(p_candidate), 'null') <> 'object' then 'the candidate is no object'
    when coalesce(p_limit, 0) not between 1 and 5000 then 'the limit is not from 1 to 5000'
    when p_candidate - '{model,threshold,instructions,tone,guardrails,articles}'::text[] <> '{}'
      then 'the candidate knows model, threshold, instructions, tone, guardrails and articles'
    when p_candidate ? 'threshold'
      and coalesce(private.number_of(p_candidate -> 'threshold'), -1) not between 0 and 1
      then 'the threshold is no number from 0 to 1'
    when coalesce(p_candidate ->> 'articles', 'now') not in ('now', 'then')
      then 'articles are those of now or then'
    when exists (
      select 1
      from jsonb_each(p_candidate - 'threshold') as given (key, value)
      where jsonb_typeof(given.value) <> 'string' or length(given.value #>> '{}') > 20000
    ) then 'all but the threshold are texts'
  end;
  if v_fault is not null then
    raise exception using
      errcode = 'PT400',
      message = v_fault,
      hint = 'as {"model": "embedded", "threshold": 0.8}';
  end if;
  perform private.check_turn_filter(p_filter);
end;
$$;

comment on function private.check_backtest is
'Refuses a candidate, filter or limit that makes no sense, with PT400.';
revoke all on function private.check_backtest from public;
grant execute on function private.check_backtest to authenticated, service_role;

-- sql/learning/check_turn_filter.sql
create or replace function private.check_turn_filter(p_filter jsonb)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_fault text;
  v_hint text := 'as {"channel": "email", "language": "de", "since": "2026-01-31"}';
begin
  if coalesce(jsonb_typeof(p_filter), 'null') <> 'object' then
    v_fault := 'the filter is no object';
  elsif p_filter - '{channel,language,since,until}'::text[] <> '{}' then
    v_fault := 'the filter knows channel, language, since and until';
  elsif exists (
    select 1
    from jsonb_each(p_filter) as given (key, value)
    where jsonb_typeof(given.value) <> 'string' or length(given.value #>> '{}') > 200
  ) then
    v_fault := 'all of a filter are texts';
  else
    select
      format('%s is no time: %s', given.key, given.value),
      'give a day or a time, as 2026-01-31 or 2026-01-31T12:00:00Z'
    into v_fault, v_hint
    from jsonb_each_text(p_filter) as given (key, value)
    where given.key in ('since', 'until')
      and not pg_catalog.pg_input_is_valid(given.value, 'timestamptz');
    if v_fault is null then
      perform private.check_channel_type(p_filter ->> 'channel');
      return;
    end if;
  end if;
  raise exception using errcode = 'PT400', message = v_fault, hint = v_hint;
end;
$$;

comment on function private.check_turn_filter is
'Refuses a filter of past turns that makes no sense: {channel, language, since, until}. PT400.';
revoke all on function private.check_turn_filter from public;
grant execute on function private.check_turn_filter to authenticated, service_role;

-- sql/learning/claim_drafts.sql
create or replace function private.claim_drafts(p_worker text, p_limit integer)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return query
  with due as materialized (
    select ai_drafts.id
    from public.ai_drafts
    where ai_drafts.deadline > clock_timestamp()
      and (
        ai_drafts.state = 'waiting'
        or ai_drafts.state = 'running' and not private.worker_lives(ai_drafts.worker)
      )
    order by ai_drafts.created_at
    limit p_limit
    for update skip locked
  ),

  claimed as (
    update public.ai_drafts
    set state = 'running', worker = p_worker, attempt = ai_drafts.attempt + 1
    from due
    where ai_drafts.id = due.id
    returning ai_drafts.*
  )

  select jsonb_build_object(
    'kind', claimed.kind,
    'remaining_ms', private.milliseconds(claimed.deadline - clock_timestamp()),
    'turn', private.draft_turn(claimed::public.ai_drafts)
  )
  from claimed;
end;
$$;

comment on function private.claim_drafts is
'Leases drafts and summaries to a worker: {kind, remaining_ms, turn: as claim_reply_jobs gives
it}.';
revoke all on function private.claim_drafts from public;
grant execute on function private.claim_drafts to service_role;

-- sql/learning/claim_past_turns.sql
create or replace function private.claim_past_turns(p_worker text, p_limit integer)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if exists (
    select 1
    from private.reply_jobs
    where reply_jobs.state = 'waiting' and reply_jobs.not_before <= clock_timestamp()
  ) then
    return;
  end if;

  perform private.end_past_turns();
  return query
  with due as materialized (
    select ai_backtest_items.id
    from public.ai_backtests
    join public.ai_backtest_items on ai_backtest_items.backtest_id = ai_backtests.id
    where ai_backtests.state = 'running'
      and ai_backtest_items.state = 'waiting'
      and (ai_backtests.candidate ->> 'model' = 'embedded' or not private.budget_is_spent())
    order by ai_backtests.created_at
    limit p_limit
    for update of ai_backtest_items skip locked
  ),

  claimed as (
    update public.ai_backtest_items
    set
      state = 'running',
      worker = p_worker,
      attempt = ai_backtest_items.attempt + 1,
      deadline = clock_timestamp() + interval '6 seconds'
    from due
    where ai_backtest_items.id = due.id
    returning ai_backtest_items.*
  )

  select private.past_turn(claimed::public.ai_backtest_items)
  from claimed;
end;
$$;

comment on function private.claim_past_turns is
'Leases turns of backtests to a worker, none while a customer waits for one: {candidate, turn: as
claim_reply_jobs gives it}.';
revoke all on function private.claim_past_turns from public;
grant execute on function private.claim_past_turns to service_role;

-- sql/learning/conversation_then.sql
create or replace function private.conversation_then(p_item public.ai_backtest_items)
returns public.conversations
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_item.conversation_id;

  v_conversation.context_seq := coalesce((
    select max(messages.seq)
    from public.messages
    where messages.conversation_id = p_item.conversation_id
      and messages.seq < p_item.first_seq
      and messages.sender_type = 'system'
      and (
        messages.metadata ->> 'event' in ('given_back', 'resolved', 'handed_over')
        or not messages.is_private
      )
  ), 0);
  return v_conversation;
end;
$$;

comment on function private.conversation_then is
'The conversation of a past turn with its context as it was: the AI read what came after the last
hand-over or resolution. Language and tags are those of today: nobody keeps what they were.';
revoke all on function private.conversation_then from public;
grant execute on function private.conversation_then to service_role;

-- sql/learning/cost_of_calls.sql
create or replace function private.cost_of_calls(p_calls jsonb)
returns bigint
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select case
      when bool_or(priced.cost is null) then null else coalesce(sum(priced.cost), 0)
    end
    from jsonb_array_elements(
      case when jsonb_typeof(p_calls) = 'array' then p_calls else '[]' end
    ) as calls (call)
    cross join lateral private.call_cost(
      calls.call ->> 'model',
      coalesce(private.number_of(calls.call #> '{usage,input_tokens}'), 0),
      coalesce(private.number_of(calls.call #> '{usage,cached_tokens}'), 0),
      coalesce(private.number_of(calls.call #> '{usage,output_tokens}'), 0)
    ) as priced (cost)
  );
end;
$$;

comment on function private.cost_of_calls is
'What calls cost together; 0 for none, null where one has no price.';
revoke all on function private.cost_of_calls from public;
grant execute on function private.cost_of_calls to service_role;

-- sql/learning/cost_of_run.sql
create or replace function private.cost_of_run(p_run_id uuid)
returns bigint
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select case
      when bool_or(ai_calls.cost_microusd is null) then null
      else coalesce(sum(ai_calls.cost_microusd), 0)
    end
    from public.ai_calls
    where ai_calls.run_id = p_run_id
  );
end;
$$;

comment on function private.cost_of_run is
'What the calls of a run cost; 0 where none was made, null where one has no price.';
revoke all on function private.cost_of_run from public;
grant execute on function private.cost_of_run to authenticated, service_role;

-- sql/learning/decide_past_turn.sql
create or replace function private.decide_past_turn(p_item public.ai_backtest_items, p_reply jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations := private.conversation_then(p_item);
begin
  return private.decide_turn(
    private.job_then(p_item), v_conversation, p_reply, private.setting_of_candidate(
      v_conversation, (
        select ai_backtests.candidate
        from public.ai_backtests
        where ai_backtests.id = p_item.backtest_id
      )
    )
  );
end;
$$;

comment on function private.decide_past_turn is
'What would have become of a past turn, by the gate and the rules of today''s turns.';
revoke all on function private.decide_past_turn from public;
grant execute on function private.decide_past_turn to service_role;

-- sql/learning/draft_turn.sql
create or replace function private.draft_turn(p_draft public.ai_drafts)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_job private.reply_jobs;
  v_asked jsonb;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_draft.conversation_id;

  v_conversation.context_seq := 0;
  v_job.id := p_draft.id;
  v_job.attempt := p_draft.attempt;
  v_job.conversation_id := p_draft.conversation_id;
  v_job.first_seq := p_draft.first_seq;
  v_job.last_seq := p_draft.last_seq;
  v_job.deadline := p_draft.deadline;
  v_job.is_shadow := true;
  v_asked := private.turn_asked(v_job, v_conversation);
  return v_asked || case
    when p_draft.kind = 'summary' then '{"question": ""}'::jsonb else '{}'
  end || jsonb_build_object(
    'hand_over', null,
    'knowledge', case
      when p_draft.kind = 'draft'
        then private.knowledge_for(v_asked ->> 'question', p_for_agents => true)
      else '[]'
    end,
    'history', private.recent_history(
      v_conversation,
      case when p_draft.kind = 'summary' then 50 else 12 end,
      case when p_draft.kind = 'draft' then p_draft.first_seq end
    )
  );
end;
$$;

comment on function private.draft_turn is
'What a worker needs for a draft or a summary: the turn with the whole conversation behind it, also
what was said before people took over, and no rule that hands it over. A summary has no question:
all that was said is history.';
revoke all on function private.draft_turn from public;
grant execute on function private.draft_turn to service_role;

-- sql/learning/end_backtest.sql
-- The last two turns may end at once, and neither sees that the other has: one waits for the other.
create or replace function private.end_backtest(p_id uuid)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform 1
  from public.ai_backtests
  where ai_backtests.id = p_id
  for no key update;

  update public.ai_backtests
  set state = 'done', finished_at = clock_timestamp()
  where ai_backtests.id = p_id
    and ai_backtests.state = 'running'
    and not exists (
      select 1
      from public.ai_backtest_items
      where ai_backtest_items.backtest_id = p_id
        and ai_backtest_items.state in ('waiting', 'running')
    );
  return found;
end;
$$;

comment on function private.end_backtest is
'Ends a backtest of which nothing is left to do; true when it did.';
revoke all on function private.end_backtest from public;
grant execute on function private.end_backtest to service_role;

-- sql/learning/end_of_turn.sql
create or replace function private.end_of_turn(p_first public.messages)
returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_last integer := p_first.seq;
  v_message public.messages;
begin
  for v_message in
    select messages.*
    from public.messages
    where messages.conversation_id = p_first.conversation_id
      and messages.seq > p_first.seq
    order by messages.seq
    limit 20
  loop
    exit when v_message.sender_type <> 'customer'
      or v_message.created_at > p_first.created_at + interval '1 minute';
    v_last := v_message.seq;
  end loop;
  return v_last;
end;
$$;

comment on function private.end_of_turn is
'The seq of the last message of a turn: what the customer wrote within a minute, unless somebody
answered before.';
revoke all on function private.end_of_turn from public;
grant execute on function private.end_of_turn to service_role;

-- sql/learning/end_past_turns.sql
create or replace function private.end_past_turns()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  with lost as (
    update public.ai_backtest_items
    set
      state = case when ai_backtest_items.attempt < 3 then 'waiting' else 'failed' end,
      error = 'the worker that had it was lost'
    where ai_backtest_items.state = 'running'
      and ai_backtest_items.deadline < clock_timestamp() - interval '10 seconds'
    returning ai_backtest_items.backtest_id
  ),

  ended as (
    select distinct lost.backtest_id
    from lost
  )

  select count(*) into v_count
  from ended;
  perform private.end_backtest(ai_backtests.id)
  from public.ai_backtests
  where ai_backtests.state = 'running' and v_count > 0;
  return v_count;
end;
$$;

comment on function private.end_past_turns is
'Takes turns back from workers that were lost over them; after three of those one has failed.';
revoke all on function private.end_past_turns from public;
grant execute on function private.end_past_turns to service_role;

-- sql/learning/fail_overdue_drafts.sql
create or replace function private.fail_overdue_drafts()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_draft public.ai_drafts;
  v_count integer := 0;
begin
  for v_draft in
    update public.ai_drafts
    set
      state = 'failed', error = 'no worker made it in time', finished_at = clock_timestamp()
    where ai_drafts.state in ('waiting', 'running')
      and ai_drafts.deadline < clock_timestamp()
    returning ai_drafts.*
  loop
    perform private.tell_of_draft(v_draft);
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;

comment on function private.fail_overdue_drafts is
'Gives up drafts that nobody made in time, and says so; returns how many.';
revoke all on function private.fail_overdue_drafts from public;
grant execute on function private.fail_overdue_drafts to service_role;

-- sql/learning/fail_past_turn.sql
create or replace function private.fail_past_turn(
  p_item_id uuid,
  p_worker text,
  p_attempt integer,
  p_error text
)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_backtest_id uuid;
begin
  update public.ai_backtest_items
  set state = 'failed', error = left(p_error, 1000), finished_at = clock_timestamp()
  where ai_backtest_items.id = p_item_id
    and ai_backtest_items.state = 'running'
    and ai_backtest_items.worker = p_worker
    and ai_backtest_items.attempt = p_attempt
  returning ai_backtest_items.backtest_id into v_backtest_id;

  perform private.end_backtest(v_backtest_id);
  return v_backtest_id is not null;
end;
$$;

comment on function private.fail_past_turn is
'Gives up a past turn that could not be tried, and says why; false when somebody else has it.';
revoke all on function private.fail_past_turn from public;
grant execute on function private.fail_past_turn to service_role;

-- sql/learning/first_unanswered.sql
create or replace function private.first_unanswered(p_conversation_id uuid, p_last_seq integer)
returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select min(messages.seq)
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.sender_type = 'customer'
      and messages.seq between p_last_seq - 20 and p_last_seq
      and messages.seq > coalesce((
        select max(answers.seq)
        from public.messages as answers
        where answers.conversation_id = p_conversation_id
          and answers.seq < p_last_seq
          and answers.sender_type in ('ai', 'agent')
          and not answers.is_private
      ), 0)
  );
end;
$$;

comment on function private.first_unanswered is
'The seq at which what the customer wrote last begins: after the last answer.';
revoke all on function private.first_unanswered from public;
grant execute on function private.first_unanswered to service_role;

-- sql/learning/get_backtest.sql
create or replace function public.get_backtest(p_id uuid)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_backtest public.ai_backtests;
begin
  perform private.require_agent();
  select ai_backtests.* into v_backtest
  from public.ai_backtests
  where ai_backtests.id = p_id;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('backtest %s not found', p_id),
      hint = 'select id from ai_backtests lists those there are';
  end if;
  return to_jsonb(v_backtest) || (
    select jsonb_build_object(
      'done', count(*) filter (where trials.state = 'done'),
      'failed', count(*) filter (where trials.state = 'failed'),
      'is_waiting_for_budget', v_backtest.state = 'running' and private.budget_is_spent()
        and v_backtest.candidate ->> 'model' is distinct from 'embedded',
      'error', min(trials.error) filter (where trials.state = 'failed'),
      'report', private.sum_up_trials(
        coalesce(jsonb_agg(to_jsonb(trials)) filter (where trials.state = 'done'), '[]')
      )
    )
    from public.ai_backtest_items as trials
    where trials.backtest_id = p_id
  );
end;
$$;

comment on function public.get_backtest is
'A backtest with how far it is and what it found so far: {state, turns, done, failed, error, report:
see sum_up_trials}. PT403, PT404.';
revoke all on function public.get_backtest from public, anon, authenticated, service_role;
grant execute on function public.get_backtest to authenticated, service_role;

-- sql/learning/growth_of.sql
create or replace function private.growth_of(p_rule public.alert_rules)
returns double precision
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_since timestamptz := statement_timestamp() - p_rule.time_window;
  v_now double precision := private.measure_ai(
    p_rule.metric_name, v_since, 'infinity', p_rule.minimum_count
  );
  v_least double precision := case when p_rule.metric_name like '%\_share' then 0.01 else 1 end;
begin
  if v_now is null then
    return null;
  end if;
  return (v_now + v_least) / (
    v_least + private.measure_ai(
      p_rule.metric_name, v_since - interval '7 days', v_since, p_rule.minimum_count
    )
  );
end;
$$;

comment on function private.growth_of is
'How many times what it was in the week before a figure is in the rule''s window; a hundredth is
added to both shares, so that a first fault in a week without one is no alarm but many are.';
revoke all on function private.growth_of from public;
grant execute on function private.growth_of to service_role;

-- sql/learning/human_answer.sql
create or replace function private.human_answer(p_conversation_id uuid, p_last_seq integer)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_first integer;
begin
  select min(messages.seq) into v_first
  from public.messages
  where messages.conversation_id = p_conversation_id
    and messages.seq > p_last_seq
    and messages.sender_type = 'agent'
    and not messages.is_private
    and messages.deleted_at is null;

  return (
    select string_agg(messages.content, E'\n' order by messages.seq)
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.seq >= v_first
      and messages.seq < coalesce((
        select min(later.seq)
        from public.messages as later
        where later.conversation_id = p_conversation_id
          and later.seq > v_first
          and later.sender_type = 'customer'
      ), 2147483647)
      and messages.sender_type = 'agent'
      and not messages.is_private
      and messages.deleted_at is null
  );
end;
$$;

comment on function private.human_answer is
'What people answered after a turn until the customer wrote again; null where nobody did.';
revoke all on function private.human_answer from public;
grant execute on function private.human_answer to authenticated, service_role;

-- sql/learning/is_answer.sql
create or replace function private.is_answer(p_decision jsonb, p_reply jsonb)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(p_reply ->> 'content', '') <> ''
    and coalesce(p_reply -> 'sources', '[]') <> '[]'
    and (
      p_decision ->> 'outcome' = 'answered'
      or p_decision ->> 'outcome' = 'handed_over' and p_decision ->> 'reason' = 'low_confidence'
    );
$$;

comment on function private.is_answer is
'Whether there was an answer with a source, sent or held back by the gate alone: what a lower
threshold would let through.';
revoke all on function private.is_answer from public;
grant execute on function private.is_answer to authenticated, service_role;

-- sql/learning/job_then.sql
create or replace function private.job_then(p_item public.ai_backtest_items)
returns private.reply_jobs
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  v_job.id := p_item.id;
  v_job.attempt := p_item.attempt;
  v_job.conversation_id := p_item.conversation_id;
  v_job.first_seq := p_item.first_seq;
  v_job.last_seq := p_item.last_seq;
  v_job.deadline := p_item.deadline;
  v_job.is_shadow := true;
  return v_job;
end;
$$;

comment on function private.job_then is
'The turn of a backtest as if it were a turn of now that nothing is sent of.';
revoke all on function private.job_then from public;
grant execute on function private.job_then to service_role;

-- sql/learning/judge_answer.sql
create or replace function private.judge_answer(
  p_conversation_id uuid,
  p_first_seq integer,
  p_last_seq integer,
  p_reply text,
  p_sources jsonb
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_article text := p_sources #>> '{0,article_id}';
  v_verdict text := private.labelled_verdict(
    p_conversation_id, p_first_seq, p_last_seq, v_article
  );
  v_said text := private.human_answer(p_conversation_id, p_last_seq);
begin
  if v_verdict is not null then
    return jsonb_build_object('verdict', v_verdict, 'judged_by', 'label');
  end if;

  v_verdict := private.verdict_by_article(v_said, v_article);
  if v_verdict is not null then
    return jsonb_build_object('verdict', v_verdict, 'judged_by', 'article');
  end if;

  v_verdict := private.verdict_by_words(v_said, p_reply, v_article);
  return jsonb_build_object(
    'verdict', coalesce(v_verdict, 'unknown'),
    'judged_by', case when v_verdict is not null then 'words' end
  );
end;
$$;

comment on function private.judge_answer is
'Whether an answer to a past turn would have been right: by a label of an answer from the same
article there, else by what a person answered then. {verdict: right|wrong|unknown, judged_by}.';
revoke all on function private.judge_answer from public;
grant execute on function private.judge_answer to authenticated, service_role;

-- sql/learning/judge_case.sql
create or replace function private.judge_case(
  p_conversation_id uuid,
  p_customer_id uuid,
  p_first_at timestamptz,
  p_last_answer_at timestamptz
)
returns table (resolved text, resolved_strictly text)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_rating smallint := (
    select csat_responses.rating
    from public.csat_responses
    where csat_responses.conversation_id = p_conversation_id
  );
begin
  resolved := case
    when p_last_answer_at is null
      or private.needed_person(
        p_conversation_id, p_first_at, p_last_answer_at + interval '24 hours'
      ) then 'no'
    when v_rating >= 4 or p_last_answer_at + interval '24 hours' <= statement_timestamp()
      then 'yes'
    else 'open'
  end;
  resolved_strictly := case
    when resolved = 'no' or v_rating <= 2
      or private.needed_person(
        p_conversation_id, p_first_at, p_last_answer_at + interval '7 days'
      )
      or private.came_back(p_customer_id, p_last_answer_at) then 'no'
    when p_last_answer_at + interval '7 days' <= statement_timestamp() then 'yes'
    else 'open'
  end;
  return next;
end;
$$;

comment on function private.judge_case is
'Whether the AI resolved what it was asked, twice: resolved when no person was needed within a day
of its last answer (at once where the customer rated it 4 or 5); strictly when none was within
seven days, the customer did not come back in them, and did not rate it 1 or 2. yes, no, or open:
too early to tell.';
revoke all on function private.judge_case from public;
grant execute on function private.judge_case to authenticated, service_role;

-- sql/learning/keep_past_turn.sql
create or replace function private.keep_past_turn(p_item public.ai_backtest_items)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_judgement jsonb := '{"verdict": "unknown"}';
begin
  if p_item.is_answer then
    v_judgement := private.judge_answer(
      p_item.conversation_id, p_item.first_seq, p_item.last_seq, p_item.reply, p_item.sources
    );
  end if;

  update public.ai_backtest_items
  set
    state = 'done', outcome = p_item.outcome, reason = p_item.reason,
    threshold = p_item.threshold, confidence = p_item.confidence, is_answer = p_item.is_answer,
    reply = p_item.reply, sources = p_item.sources, model = p_item.model, error = p_item.error,
    latency_ms = p_item.latency_ms, cost_microusd = p_item.cost_microusd,
    verdict = v_judgement ->> 'verdict', judged_by = v_judgement ->> 'judged_by',
    finished_at = clock_timestamp()
  where ai_backtest_items.id = p_item.id;
  perform private.end_backtest(p_item.backtest_id);
end;
$$;

comment on function private.keep_past_turn is
'Writes down what came of a past turn, judged, and ends the backtest with its last one.';
revoke all on function private.keep_past_turn from public;
grant execute on function private.keep_past_turn to service_role;

-- sql/learning/knowledge_then.sql
create or replace function private.knowledge_then(p_knowledge jsonb, p_moment timestamptz)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(
      jsonb_agg(found.passage || coalesce(kept.words, '{}') order by found.place), '[]'
    )
    from jsonb_array_elements(p_knowledge) with ordinality as found (passage, place)
    join public.knowledge_articles
      on knowledge_articles.id = (found.passage ->> 'article_id')::uuid
    left join lateral (
      select case
        when knowledge_versions.version < knowledge_articles.version then jsonb_build_object(
          'version', knowledge_versions.version,
          'title', knowledge_versions.title,
          'article', knowledge_versions.body,
          'content', knowledge_versions.body,
          'phrasings', knowledge_versions.phrasings,
          'language', knowledge_versions.language,
          'chunk_id', null
        )
      end as words
      from public.knowledge_versions
      where knowledge_versions.article_id = knowledge_articles.id
        and knowledge_versions.changed_at <= p_moment
      order by knowledge_versions.version desc
      limit 1
    ) as kept on true
    where knowledge_articles.created_at <= p_moment
  );
end;
$$;

comment on function private.knowledge_then is
'The passages in the words that their articles had at a moment, without those of articles that did
not exist yet; what is found, and how near, is by the words of today.';
revoke all on function private.knowledge_then from public;
grant execute on function private.knowledge_then to service_role;

-- sql/learning/label_curve.sql
create or replace function public.label_curve(
  p_channel_type text default null,
  p_language text default null
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  return private.precision_curve((
    select coalesce(jsonb_agg(jsonb_build_object(
      'confidence', labelled.confidence,
      'is_answer', true,
      'verdict', case when labelled.is_wrong then 'wrong' else 'right' end
    )), '[]')
    from private.labelled_runs(p_channel_type, p_language, '{agent,rating}') as labelled
  ));
end;
$$;

comment on function public.label_curve is
'Precision against coverage of the labelled answers by threshold (precision_curve), of a channel
and a language, null is any. PT403.';
revoke all on function public.label_curve from public, anon, authenticated, service_role;
grant execute on function public.label_curve to authenticated, service_role;

-- sql/learning/labelled_verdict.sql
create or replace function private.labelled_verdict(
  p_conversation_id uuid,
  p_first_seq integer,
  p_last_seq integer,
  p_article_id text
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select ai_labels.verdict
    from private.reply_jobs
    join public.ai_runs on ai_runs.reply_job_id = reply_jobs.id
    join public.ai_labels on ai_labels.run_id = ai_runs.id
    where reply_jobs.conversation_id = p_conversation_id
      and reply_jobs.first_seq <= p_last_seq
      and reply_jobs.last_seq >= p_first_seq
      and ai_runs.outcome <> 'fenced'
      and ai_runs.sources #>> '{0,article_id}' = p_article_id
      and ai_labels.source in ('agent', 'rating')
    order by ai_labels.source <> 'agent', ai_labels.verdict = 'right'
    limit 1
  );
end;
$$;

comment on function private.labelled_verdict is
'What a label says of an answer from this article to this turn; an agent''s word first, and of
others wrong before right. Null without one.';
revoke all on function private.labelled_verdict from public;
grant execute on function private.labelled_verdict to authenticated, service_role;

-- sql/learning/last_of_customer.sql
create or replace function private.last_of_customer(p_conversation_id uuid)
returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select messages.seq
    from public.messages
    where messages.conversation_id = p_conversation_id
      and messages.sender_type = 'customer'
      and messages.deleted_at is null
      and messages.content <> ''
    order by messages.seq desc
    limit 1
  );
end;
$$;

comment on function private.last_of_customer is
'The seq of the last message of the customer that has words; null without one.';
revoke all on function private.last_of_customer from public;
grant execute on function private.last_of_customer to service_role;

-- sql/learning/measure_ai.sql
create or replace function private.measure_ai(
  p_metric text,
  p_since timestamptz,
  p_until timestamptz,
  p_minimum integer
)
returns double precision
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_metric = 'ai_model_error_share' then
    return private.model_error_share(p_since, p_until, p_minimum);
  elsif p_metric = 'ai_unresolved_share' then
    return private.unresolved_share(p_since, p_until, p_minimum);
  end if;

  return (
    select case
      when coalesce(sum(cases.turns), 0) < greatest(p_minimum, 1) then null
      when p_metric = 'ai_hand_over_share' then sum(cases.handed_over) / sum(cases.turns)
      when p_metric = 'ai_p95_ms'
        then private.percentile_of(array_agg(to_jsonb(cases.slowest_ms)), 0.95)
    end
    from private.ai_cases(p_since, p_until) as cases
  );
end;
$$;

comment on function private.measure_ai is
'A figure of the AI between two moments: ai_hand_over_share of turns, ai_unresolved_share of
conversations, ai_model_error_share of calls, ai_p95_ms of turns; null where there were fewer than
p_minimum of them, or it is another figure.';
revoke all on function private.measure_ai from public;
grant execute on function private.measure_ai to service_role;

-- sql/learning/model_error_share.sql
create or replace function private.model_error_share(
  p_since timestamptz,
  p_until timestamptz,
  p_minimum integer
)
returns double precision
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select case
      when count(*) >= greatest(p_minimum, 1)
        then count(*) filter (where ai_calls.outcome not in ('answered', 'cancelled'))
          ::double precision / count(*)
    end
    from public.ai_calls
    where ai_calls.created_at >= p_since
      and ai_calls.created_at < p_until
      and ai_calls.purpose in ('turn', 'shadow')
  );
end;
$$;

comment on function private.model_error_share is
'The share of calls to models that failed; null for fewer than p_minimum.';
revoke all on function private.model_error_share from public;
grant execute on function private.model_error_share to service_role;

-- sql/learning/needed_person.sql
create or replace function private.needed_person(
  p_conversation_id uuid,
  p_since timestamptz,
  p_until timestamptz
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
    where messages.conversation_id = p_conversation_id
      and messages.sender_type = 'agent'
      and not messages.is_private
      and messages.created_at between p_since and p_until
  ) or exists (
    select 1
    from private.reply_jobs
    where reply_jobs.conversation_id = p_conversation_id
      and reply_jobs.outcome in ('handed_over', 'taken_over', 'dead')
      and not reply_jobs.is_shadow
      and reply_jobs.finished_at between p_since and p_until
  );
end;
$$;

comment on function private.needed_person is
'Whether a person answered in a conversation, or it was given to people, between two moments.';
revoke all on function private.needed_person from public;
grant execute on function private.needed_person to authenticated, service_role;

-- sql/learning/past_turn.sql
create or replace function private.past_turn(p_item public.ai_backtest_items)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_candidate jsonb;
  v_conversation public.conversations := private.conversation_then(p_item);
  v_job private.reply_jobs := private.job_then(p_item);
  v_asked jsonb := private.turn_asked(v_job, v_conversation);
  v_found jsonb := private.knowledge_for(v_asked ->> 'question');
begin
  select ai_backtests.candidate into v_candidate
  from public.ai_backtests
  where ai_backtests.id = p_item.backtest_id;

  return jsonb_build_object('candidate', v_candidate, 'turn', v_asked || jsonb_build_object(
    'by_language', '{}'::jsonb,
    'history', private.recent_history(v_conversation, 12, p_item.first_seq),
    'knowledge', case
      when v_candidate ->> 'articles' = 'then'
        then private.knowledge_then(v_found, p_item.asked_at)
      else v_found
    end,
    'hand_over', private.hand_over_before(v_job, v_conversation, v_asked ->> 'question'),
    'model_allowed', true
  ) || private.held_to(private.setting_of_candidate(v_conversation, v_candidate)));
end;
$$;

comment on function private.past_turn is
'A turn of the past as a worker gets it: what was said up to that moment, the settings of the
candidate, the articles of now or then.';
revoke all on function private.past_turn from public;
grant execute on function private.past_turn to service_role;

-- sql/learning/past_turns.sql
create or replace function private.past_turns(p_filter jsonb, p_limit integer)
returns table (conversation_id uuid, first_seq integer, last_seq integer, asked_at timestamptz)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select asked.conversation_id, asked.seq, private.end_of_turn(asked), asked.created_at
  from public.messages as asked
  join public.conversations on conversations.id = asked.conversation_id
  where asked.sender_type = 'customer'
    and asked.calls_for_answer
    and asked.content <> ''
    and asked.deleted_at is null
    and asked.created_at >= coalesce(
      (p_filter ->> 'since')::timestamptz, statement_timestamp() - interval '90 days'
    )
    and asked.created_at < coalesce((p_filter ->> 'until')::timestamptz, 'infinity')
    and conversations.channel_type
      = coalesce(p_filter ->> 'channel', conversations.channel_type)
    and private.speaks(conversations.language, p_filter ->> 'language')
    and not exists (
      select 1
      from public.messages as before
      where before.conversation_id = asked.conversation_id
        and before.seq = asked.seq - 1
        and before.sender_type = 'customer'
        and before.created_at > asked.created_at - interval '1 minute'
    )
  order by asked.created_at desc
  limit p_limit;
end;
$$;

comment on function private.past_turns is
'Turns of the past, the newest first, of ninety days where no since is given: each begins with a
customer''s message that none of theirs came before within a minute.';
revoke all on function private.past_turns from public;
grant execute on function private.past_turns to service_role;

-- sql/learning/percentile_of.sql
create or replace function private.percentile_of(p_lists jsonb[], p_share double precision)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  select percentile_cont(p_share) within group (order by taken.value::double precision)
  from unnest(p_lists) as lists (list)
  cross join lateral jsonb_array_elements_text(lists.list) as taken (value);
$$;

comment on function private.percentile_of is
'A percentile of the numbers of several lists.';
revoke all on function private.percentile_of from public;
grant execute on function private.percentile_of to authenticated, service_role;

-- sql/learning/precision_curve.sql
create or replace function private.precision_curve(p_trials jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  with trials as materialized (
    select trial.*
    from jsonb_to_recordset(p_trials) as trial (
      confidence double precision, is_answer boolean, verdict text
    )
  ),

  points as (
    select
      steps.step / 20.0 as threshold,
      count(trials.verdict) as answered,
      private.verdict_counts(array_agg(trials.verdict) filter (where trials.verdict is not null))
        as counts
    from generate_series(0, 19) as steps (step)
    left join trials on trials.is_answer and trials.confidence > steps.step / 20.0
    group by steps.step
  )

  select jsonb_agg(
    points.counts || jsonb_build_object(
      'threshold', points.threshold,
      'answered', points.answered,
      'coverage', points.answered::double precision
        / nullif(jsonb_array_length(p_trials), 0),
      'precision', 1 - (points.counts ->> 'wrong_share')::double precision
    )
    order by points.threshold
  )
  from points;
$$;

comment on function private.precision_curve is
'Precision against coverage by threshold: for each of twenty, how many turns would have been
answered ({threshold, answered, coverage: of all turns, right, wrong, unknown, wrong_share,
wrong_bound, precision: of those that could be judged}).';
revoke all on function private.precision_curve from public;
grant execute on function private.precision_curve to authenticated, service_role;

-- sql/learning/purge_backtests.sql
create or replace function private.purge_backtests(
  p_keep interval default '30 days',
  p_limit integer default 10
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
  delete from public.ai_backtests
  where ai_backtests.id in (
    select expired.id
    from public.ai_backtests as expired
    where coalesce(expired.finished_at, expired.created_at) < statement_timestamp() - p_keep
    limit p_limit
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.purge_backtests is
'Ends the retention of backtests, with what was answered in them, 30 days after their end; one that
nobody has ended in that time goes too. At most p_limit a call, returns how many. What they cost
stays in ai_calls.';
revoke all on function private.purge_backtests from public;
grant execute on function private.purge_backtests to service_role;

-- sql/learning/purge_drafts.sql
create or replace function private.purge_drafts(
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
  delete from public.ai_drafts
  where ai_drafts.id in (
    select expired.id
    from public.ai_drafts as expired
    where expired.created_at < statement_timestamp() - p_keep
    limit p_limit
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.purge_drafts is
'Ends the retention of drafts and summaries, 30 days after they were asked for: what an agent made
of one is a message. At most p_limit a call, returns how many. What they cost stays in ai_calls.';
revoke all on function private.purge_drafts from public;
grant execute on function private.purge_drafts to service_role;

-- sql/learning/record_draft.sql
create or replace function private.record_draft(
  p_id uuid,
  p_worker text,
  p_attempt integer,
  p_found jsonb
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_draft public.ai_drafts;
  v_content text := nullif(btrim(left(p_found ->> 'content', 20000)), '');
begin
  update public.ai_drafts
  set
    state = case when v_content is null then 'failed' else 'done' end,
    content = v_content,
    sources = coalesce(p_found -> 'sources', '[]'),
    confidence = private.confidence_of(p_found),
    model = left(p_found ->> 'model', 200),
    error = left(p_found ->> 'error', 1000),
    finished_at = clock_timestamp()
  where ai_drafts.id = p_id
    and ai_drafts.state = 'running'
    and ai_drafts.worker = p_worker
    and ai_drafts.attempt = p_attempt
  returning ai_drafts.* into v_draft;

  if v_draft.id is null then
    return 'fenced';
  end if;
  perform private.keep_calls(
    null, v_draft.conversation_id, v_draft.kind, p_found -> 'calls'
  );
  perform private.tell_of_draft(v_draft);
  return v_draft.state;
end;
$$;

comment on function private.record_draft is
'Keeps what a worker wrote for an agent, or why it could not; returns done, failed, or fenced where
the draft is no longer its own.';
revoke all on function private.record_draft from public;
grant execute on function private.record_draft to service_role;

-- sql/learning/record_past_turn.sql
create or replace function private.record_past_turn(
  p_item_id uuid,
  p_worker text,
  p_attempt integer,
  p_reply jsonb,
  p_latency_ms double precision
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item public.ai_backtest_items;
  v_decision jsonb;
begin
  select ai_backtest_items.* into v_item
  from public.ai_backtest_items
  where ai_backtest_items.id = p_item_id
  for update;

  perform private.keep_calls(null, v_item.conversation_id, 'backtest', p_reply -> 'calls');
  if v_item.id is null or v_item.state <> 'running'
    or (v_item.worker, v_item.attempt) is distinct from (p_worker, p_attempt) then
    return 'fenced';
  end if;

  v_decision := private.decide_past_turn(v_item, p_reply);
  v_item.outcome := v_decision ->> 'outcome';
  v_item.reason := left(v_decision ->> 'reason', 200);
  v_item.threshold := (v_decision ->> 'threshold')::double precision;
  v_item.confidence := private.confidence_of(p_reply);
  v_item.is_answer := private.is_answer(v_decision, p_reply);
  v_item.reply := left(p_reply ->> 'content', 20000);
  v_item.sources := coalesce(p_reply -> 'sources', '[]');
  v_item.model := left(p_reply ->> 'model', 200);
  v_item.error := left(p_reply ->> 'error', 1000);
  v_item.latency_ms := p_latency_ms;
  v_item.cost_microusd := private.cost_of_calls(p_reply -> 'calls');
  perform private.keep_past_turn(v_item);
  return v_item.outcome;
end;
$$;

comment on function private.record_past_turn is
'Keeps what a worker made of a past turn, with the calls it cost, unless it has lost the turn by
now. Returns what would have become of it, or fenced.';
revoke all on function private.record_past_turn from public;
grant execute on function private.record_past_turn to service_role;

-- sql/learning/request_draft.sql
create or replace function public.request_draft(p_conversation_id uuid)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.ask_for_draft(p_conversation_id, 'draft');
$$;

comment on function public.request_draft is
'Asks the AI for an answer that an agent may send, to what the customer wrote last (R124). Returns
the row of ai_drafts; inbox hears ai_draft {id, conversation_id, kind, state} when it is there or
has failed, 20 seconds later at most. PT403, PT404, PT409 where no customer wrote.';
revoke all on function public.request_draft from public, anon, authenticated, service_role;
grant execute on function public.request_draft to authenticated, service_role;

-- sql/learning/request_summary.sql
create or replace function public.request_summary(p_conversation_id uuid)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.ask_for_draft(p_conversation_id, 'summary');
$$;

comment on function public.request_summary is
'Asks the AI for a summary of a conversation for agents (R124), as request_draft does. PT403, PT404,
PT409.';
revoke all on function public.request_summary from public, anon, authenticated, service_role;
grant execute on function public.request_summary to authenticated, service_role;

-- sql/learning/setting_of_candidate.sql
create or replace function private.setting_of_candidate(
  p_conversation public.conversations,
  p_candidate jsonb
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_setting jsonb := private.ai_setting(p_conversation.channel_type, p_conversation.language);
begin
  v_setting := v_setting
    || (p_candidate - '{model,threshold,articles}'::text[])
    || jsonb_build_object('mode', 'auto');
  if p_candidate ? 'threshold' then
    v_setting := (v_setting - 'tuned_threshold')
      || jsonb_build_object('confidence_threshold', p_candidate -> 'threshold');
  end if;
  return v_setting;
end;
$$;

comment on function private.setting_of_candidate is
'The settings of a conversation with those of a candidate in their place; its threshold replaces the
one that labels found as well.';
revoke all on function private.setting_of_candidate from public;
grant execute on function private.setting_of_candidate to service_role;

-- sql/learning/shadow_judgement.sql
create or replace function private.shadow_judgement(
  p_run_id uuid,
  p_first_seq integer,
  p_last_seq integer
)
returns table (is_answer boolean, judgement jsonb)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_run public.ai_runs;
begin
  select ai_runs.* into v_run
  from public.ai_runs
  where ai_runs.id = p_run_id;

  is_answer := private.is_answer(
    jsonb_build_object('outcome', v_run.outcome, 'reason', v_run.reason),
    jsonb_build_object('content', v_run.reply, 'sources', v_run.sources)
  );
  judgement := case
    when is_answer then private.judge_answer(
      v_run.conversation_id, p_first_seq, p_last_seq, v_run.reply, v_run.sources
    )
  end;
  return next;
end;
$$;

comment on function private.shadow_judgement is
'Whether a run in shadow had an answer, and whether that was right.';
revoke all on function private.shadow_judgement from public;
grant execute on function private.shadow_judgement to authenticated, service_role;

-- sql/learning/shadow_report.sql
create or replace function public.shadow_report(
  p_filter jsonb default '{}',
  p_limit integer default 200
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.check_backtest('{}', p_filter, p_limit);
  return private.sum_up_trials((
    select coalesce(jsonb_agg(to_jsonb(trials)), '[]')
    from private.shadow_trials(p_filter, p_limit) as trials
  ));
end;
$$;

comment on function public.shadow_report is
'What the AI would have answered where it ran in shadow, against what people answered: the figures
of a backtest (sum_up_trials) of the newest turns that fit a filter {channel, language, since,
until}. PT400, PT403.';
revoke all on function public.shadow_report from public, anon, authenticated, service_role;
grant execute on function public.shadow_report to authenticated, service_role;

-- sql/learning/shadow_trials.sql
create or replace function private.shadow_trials(p_filter jsonb, p_limit integer)
returns table (
  run_id uuid,
  outcome text,
  confidence double precision,
  is_answer boolean,
  verdict text,
  judged_by text,
  latency_ms double precision,
  cost_microusd bigint
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    runs.id, runs.outcome, runs.confidence, judged.is_answer,
    coalesce(judged.judgement ->> 'verdict', 'unknown'), judged.judgement ->> 'judged_by',
    runs.latency_ms::double precision, private.cost_of_run(runs.id)
  from (
    select ai_runs.*, reply_jobs.first_seq, reply_jobs.last_seq
    from public.ai_runs
    join public.conversations on conversations.id = ai_runs.conversation_id
    join private.reply_jobs on reply_jobs.id = ai_runs.reply_job_id
    where ai_runs.is_shadow
      and ai_runs.outcome <> 'fenced'
      and ai_runs.created_at >= coalesce((p_filter ->> 'since')::timestamptz, '-infinity')
      and ai_runs.created_at < coalesce((p_filter ->> 'until')::timestamptz, 'infinity')
      and conversations.channel_type
        = coalesce(p_filter ->> 'channel', conversations.channel_type)
      and private.speaks(conversations.language, p_filter ->> 'language')
    order by ai_runs.created_at desc
    limit p_limit
  ) as runs
  cross join lateral private.shadow_judgement(
    runs.id, runs.first_seq, runs.last_seq
  ) as judged;
end;
$$;

comment on function private.shadow_trials is
'The newest turns that ran in shadow, as trials: what would have become of them and whether it was
right.';
revoke all on function private.shadow_trials from public;
grant execute on function private.shadow_trials to authenticated, service_role;

-- sql/learning/shared_words.sql
create or replace function private.shared_words(p_one text, p_other text)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when count(*) >= 4
      then count(*) filter (where said.word = any (
        string_to_array(private.folded(p_other), ' ')
      ))::double precision / count(*)
  end
  from (
    select distinct words.word
    from unnest(string_to_array(private.folded(left(p_one, 5000)), ' ')) as words (word)
    where length(words.word) >= 4
  ) as said;
$$;

comment on function private.shared_words is
'The share of a text''s longer words that another one has too; null for a text of fewer than four.';
revoke all on function private.shared_words from public;
grant execute on function private.shared_words to authenticated, service_role;

-- sql/learning/spent_since.sql
create or replace function private.spent_since(p_since timestamptz)
returns table (
  conversation_id uuid,
  channel_type text,
  language text,
  day date,
  microusd bigint,
  unpriced bigint
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    conversations.id, conversations.channel_type, conversations.language,
    (ai_calls.created_at at time zone 'UTC')::date as on_day,
    coalesce(sum(ai_calls.cost_microusd), 0)::bigint,
    count(*) filter (where ai_calls.cost_microusd is null)
  from public.ai_calls
  left join public.conversations on conversations.id = ai_calls.conversation_id
  where ai_calls.created_at >= p_since and ai_calls.purpose <> 'backtest'
  group by conversations.id, on_day;
end;
$$;

comment on function private.spent_since is
'What models cost, whatever came of it, a line for each conversation and day (of UTC), and one
without a conversation for those that are gone; trials of the past are left out.';
revoke all on function private.spent_since from public;
grant execute on function private.spent_since to authenticated, service_role;

-- sql/learning/start_backtest.sql
-- Security definer: nobody writes backtests by hand, or a report could be made up.
create or replace function private.start_backtest(
  p_candidate jsonb,
  p_filter jsonb,
  p_limit integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_id uuid;
  v_turns integer;
begin
  perform private.require_admin();
  perform private.check_backtest(p_candidate, p_filter, p_limit);
  insert into public.ai_backtests (candidate, filter, created_by)
  values (p_candidate, p_filter, (select auth.uid()))
  returning ai_backtests.id into v_id;

  insert into public.ai_backtest_items (
    backtest_id, conversation_id, first_seq, last_seq, asked_at
  )
  select v_id, turns.conversation_id, turns.first_seq, turns.last_seq, turns.asked_at
  from private.past_turns(p_filter, p_limit) as turns;
  get diagnostics v_turns = row_count;

  update public.ai_backtests
  set turns = v_turns
  where ai_backtests.id = v_id;
  perform private.end_backtest(v_id);
  return jsonb_build_object('id', v_id, 'turns', v_turns);
end;
$$;

comment on function private.start_backtest is
'Makes a backtest with its turns; PT400, PT403.';
revoke all on function private.start_backtest from public;
grant execute on function private.start_backtest to authenticated, service_role;

-- sql/learning/stop_backtest.sql
-- Security definer: nobody writes backtests by hand. A turn that a worker has in hand is recorded,
-- as it has cost already; the others are never claimed.
create or replace function private.stop_backtest(p_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_state text;
begin
  perform private.require_admin();
  select ai_backtests.state into v_state
  from public.ai_backtests
  where ai_backtests.id = p_id
  for no key update;

  if not found then
    raise exception using errcode = 'PT404', message = format('backtest %s not found', p_id);
  end if;
  if v_state <> 'running' then
    raise exception using
      errcode = 'PT409',
      message = format('backtest %s is %s already', p_id, v_state),
      hint = 'get_backtest gives what it found';
  end if;

  update public.ai_backtests
  set state = 'cancelled', finished_at = clock_timestamp()
  where ai_backtests.id = p_id;
  delete from public.ai_backtest_items
  where ai_backtest_items.backtest_id = p_id and ai_backtest_items.state = 'waiting';
end;
$$;

comment on function private.stop_backtest is
'Marks a backtest as cancelled and drops its turns that nobody has tried; PT403, PT404, PT409.';
revoke all on function private.stop_backtest from public;
grant execute on function private.stop_backtest to authenticated, service_role;

-- sql/learning/sum_up_trials.sql
create or replace function private.sum_up_trials(p_trials jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  with trials as materialized (
    select trial.*
    from jsonb_to_recordset(p_trials) as trial (
      outcome text, confidence double precision, is_answer boolean, verdict text,
      latency_ms double precision, cost_microusd bigint
    )
  ),

  answered as (
    select private.verdict_counts(array_agg(trials.verdict)) as counts
    from trials
    where trials.outcome = 'answered'
  )

  select jsonb_build_object(
    'turns', count(*),
    'answered', count(*) filter (where trials.outcome = 'answered'),
    'clarified', count(*) filter (where trials.outcome = 'clarified'),
    'handed_over', count(*) filter (where trials.outcome = 'handed_over'),
    'resolution', count(*) filter (where trials.outcome = 'answered')::double precision
      / nullif(count(*), 0),
    'cost_microusd', coalesce(sum(trials.cost_microusd), 0),
    'unpriced', count(*) filter (where trials.cost_microusd is null),
    'p50_ms', percentile_cont(0.5) within group (order by trials.latency_ms),
    'p95_ms', percentile_cont(0.95) within group (order by trials.latency_ms),
    'curve', private.precision_curve(p_trials)
  ) || (
    select coalesce(answered.counts, '{}')
    from answered
  )
  from trials;
$$;

comment on function private.sum_up_trials is
'What trials come to: {turns, answered, clarified, handed_over, resolution: the share answered,
right, wrong, unknown, wrong_share: of the answers that could be judged, cost_microusd, unpriced,
p50_ms, p95_ms, curve}.';
revoke all on function private.sum_up_trials from public;
grant execute on function private.sum_up_trials to authenticated, service_role;

-- sql/learning/tell_of_draft.sql
create or replace function private.tell_of_draft(p_draft public.ai_drafts)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.broadcast(array['inbox'], array['ai_draft'], array[jsonb_build_object(
    'id', p_draft.id,
    'conversation_id', p_draft.conversation_id,
    'kind', p_draft.kind,
    'state', p_draft.state
  )]);
end;
$$;

comment on function private.tell_of_draft is
'Rings the inbox, which agents alone hear, that a draft is there or has failed; its words are read
from the row.';
revoke all on function private.tell_of_draft from public;
grant execute on function private.tell_of_draft to service_role;

-- sql/learning/unresolved_share.sql
create or replace function private.unresolved_share(
  p_since timestamptz,
  p_until timestamptz,
  p_minimum integer
)
returns double precision
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select case
      when count(*) >= greatest(p_minimum, 1)
        then count(*) filter (where judged.resolved = 'no')::double precision / count(*)
    end
    from private.ai_cases(p_since, p_until) as cases
    cross join lateral private.judge_case(
      cases.conversation_id, cases.customer_id, cases.first_at, cases.last_answer_at
    ) as judged
  );
end;
$$;

comment on function private.unresolved_share is
'The share of conversations that needed a person; null for fewer than p_minimum.';
revoke all on function private.unresolved_share from public;
grant execute on function private.unresolved_share to service_role;

-- sql/learning/verdict_by_article.sql
create or replace function private.verdict_by_article(p_said text, p_article_id text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_found record;
begin
  select
    max(found.coverage) filter (where found.article_id::text = p_article_id) as cited,
    max(found.coverage) filter (where found.article_id::text is distinct from p_article_id)
      as other
  into v_found
  from public.search_knowledge(p_said, null, 5) as found;

  return case
    when coalesce(v_found.cited, 0) >= greatest(0.3, coalesce(v_found.other, 0) + 0.1)
      then 'right'
    when coalesce(v_found.other, 0) >= greatest(0.3, coalesce(v_found.cited, 0) + 0.1)
      then 'wrong'
  end;
end;
$$;

comment on function private.verdict_by_article is
'right where a person''s words are covered best by the article that is cited, wrong where another
one covers them clearly better, null where none stands out.';
revoke all on function private.verdict_by_article from public;
grant execute on function private.verdict_by_article to authenticated, service_role;

-- sql/learning/verdict_by_words.sql
create or replace function private.verdict_by_words(p_said text, p_reply text, p_article_id text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_ours double precision := private.shared_words(p_said, p_reply);
  v_theirs double precision := private.shared_words(p_reply, p_said);
  v_held double precision := (
    select private.shared_words(p_said, knowledge_articles.body)
    from public.knowledge_articles
    where knowledge_articles.id = private.uuid_of(p_article_id)
  );
begin
  return case
    when v_ours >= 0.5 and v_theirs >= 0.5 then 'right'
    when v_ours < 0.1 and v_theirs < 0.1 and coalesce(v_held, 0) < 0.1 then 'wrong'
  end;
end;
$$;

comment on function private.verdict_by_words is
'right where two answers share half of their words, seen from either; wrong where they share hardly
any and the article holds hardly any of the person''s either; null in between and where there is
too little to compare.';
revoke all on function private.verdict_by_words from public;
grant execute on function private.verdict_by_words to authenticated, service_role;

-- sql/learning/verdict_counts.sql
create or replace function private.verdict_counts(p_verdicts text[])
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'right', count(*) filter (where verdicts.verdict = 'right'),
    'wrong', count(*) filter (where verdicts.verdict = 'wrong'),
    'unknown', count(*) filter (where verdicts.verdict not in ('right', 'wrong')),
    'wrong_share', count(*) filter (where verdicts.verdict = 'wrong')::double precision
      / nullif(count(*) filter (where verdicts.verdict in ('right', 'wrong')), 0),
    'wrong_bound', private.wrong_bound(
      count(*) filter (where verdicts.verdict = 'wrong'),
      count(*) filter (where verdicts.verdict in ('right', 'wrong'))
    )
  )
  from unnest(coalesce(p_verdicts, '{}')) as verdicts (verdict);
$$;

comment on function private.verdict_counts is
'How many verdicts there are of each kind, the share of wrong ones of those that could be judged,
and what it is at most with 95 % confidence; both null where none could.';
revoke all on function private.verdict_counts from public;
grant execute on function private.verdict_counts to authenticated, service_role;

-- sql/learning/watch_ai.sql
create or replace function private.watch_ai()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_rule public.alert_rules;
  v_growth double precision;
  v_raised integer := 0;
begin
  for v_rule in
    select alert_rules.*
    from public.alert_rules
    where alert_rules.is_enabled and alert_rules.aggregate = 'growth'
    order by alert_rules.name
  loop
    v_growth := private.growth_of(v_rule);
    if v_growth > v_rule.threshold then
      v_raised := v_raised + private.raise_alert(
        'ai', v_rule.severity,
        format('%s: %s is %s times what it was in the week before', v_rule.name,
          v_rule.metric_name, round(v_growth::numeric, 1)),
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

comment on function private.watch_ai is
'Checks the rules of growth: alerts when the AI does worse than in the week before, and resolves
that when it no longer does. Returns how many alerts are new.';
revoke all on function private.watch_ai from public;
grant execute on function private.watch_ai to service_role;

-- sql/learning/watch_ai_now_and_then.sql
create or replace function private.watch_ai_now_and_then()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1
    from private.ai_watch
    where ai_watch.looked_at < clock_timestamp() - interval '5 minutes'
    for update skip locked
  ) then
    return 0;
  end if;
  update private.ai_watch set looked_at = clock_timestamp();
  return private.watch_ai();
end;
$$;

comment on function private.watch_ai_now_and_then is
'watch_ai every five minutes, however often it is called: a week of turns is read for it.';
revoke all on function private.watch_ai_now_and_then from public;
grant execute on function private.watch_ai_now_and_then to service_role;

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
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.messages
  set
    content = left(coalesce(p_item ->> 'content', ''), 100000),
    edited_at = clock_timestamp(),
    updated_at = clock_timestamp(),
    metadata = messages.metadata || jsonb_build_object(
      'edit_at', p_item ->> 'occurred_at',
      'versions', coalesce(messages.metadata -> 'versions', '[]') || case
        when messages.content = left(coalesce(p_item ->> 'content', ''), 100000) then '[]'
        else jsonb_build_array(messages.content)
      end
    )
  where messages.id = p_message.id
    and messages.deleted_at is null
    and private.is_newer(p_item ->> 'occurred_at', messages.metadata ->> 'edit_at')
    and (
      p_item ->> 'occurred_at' is not null
      or messages.content is distinct from left(coalesce(p_item ->> 'content', ''), 100000)
    );
  if found and p_message.content is distinct from left(coalesce(p_item ->> 'content', ''), 100000)
  then
    perform private.redo_turn(p_message);
  end if;
end;
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
  set
    revoked_at = case when wishes.item ->> 'value' = 'stop' then clock_timestamp() end,
    preferred_at = wishes.said_at
  from (
    select
      found.item,
      coalesce(
        to_timestamp(private.number_of(found.item -> 'timestamp')), clock_timestamp()
      ) as said_at
    from jsonb_array_elements(
      case
        when jsonb_typeof(p_data -> 'user_preferences') = 'array' then p_data -> 'user_preferences'
        else '[]'
      end
    ) as found (item)
  ) as wishes
  where customer_identities.channel_id = p_channel_id
    and customer_identities.value in (wishes.item ->> 'wa_id', wishes.item ->> 'user_id')
    and wishes.item ->> 'value' in ('stop', 'resume')
    and wishes.said_at >= coalesce(customer_identities.preferred_at, '-infinity');
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
  v_last jsonb := p_message.metadata -> 'reacted_at' -> v_who;
begin
  -- Platforms count in seconds: of two within one the later to come counts, but none twice.
  if not private.is_newer(p_item ->> 'occurred_at', v_last ->> 'at') and (
    private.is_newer(v_last ->> 'at', p_item ->> 'occurred_at')
    or v_last ->> 'id' is not distinct from p_item ->> 'external_id'
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
        v_who, jsonb_build_object(
          'at', p_item ->> 'occurred_at', 'id', p_item ->> 'external_id'
        )
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
  perform private.redo_turn(p_message);
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
create or replace function private.ask_for_replay(
  p_from timestamptz,
  p_to timestamptz,
  p_is_dry boolean default false
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
  insert into private.replay_requests (inbound_id, is_dry)
  select inbound_events.id, p_is_dry
  from private.inbound_events
  where inbound_events.received_at >= p_from
    and inbound_events.received_at < p_to
    and (inbound_events.state = 'failed' or private.open_faults(inbound_events.id) > 0)
  order by inbound_events.id
  on conflict (inbound_id) do update
    set
      is_dry = excluded.is_dry, requested_at = clock_timestamp(), attempts = 0, lease_until = null,
      report = null, finished_at = null
    where not p_is_dry or replay_requests.finished_at < clock_timestamp() - interval '1 minute';
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.ask_for_replay is
'Has a worker parse anew what of a window could not be stored whole; returns how many requests.
A dry run leaves alone what waits already, and a report of the last minute.';
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
  set
    question = null, reply = null, reason = null, error = null, sources = '[]', facts = '{}',
    seen = '{}'
  where ai_runs.conversation_id = any (p_conversation_ids);
  get diagnostics v_count = row_count;

  perform private.blank_tool_calls(p_conversation_ids);
  perform private.forget_suggestions(p_conversation_ids);
  perform private.blank_trials(p_conversation_ids);

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

-- sql/pipeline/bury_fetched_mail.sql
create or replace function private.bury_fetched_mail(
  p_channel_id uuid,
  p_worker text,
  p_uid_validity bigint,
  p_uid bigint,
  p_headers jsonb,
  p_raw bytea default null
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_reason text;
  v_inbound_id bigint;
begin
  update private.mailboxes
  set last_uid = p_uid
  where mailboxes.channel_id = p_channel_id
    and mailboxes.worker = p_worker
    and mailboxes.uid_validity = p_uid_validity
    and mailboxes.last_uid < p_uid
  returning mailboxes.error into v_reason;

  if not found then
    return 'fenced';
  elsif p_raw is null then
    insert into private.rejected_items (channel_type, channel_id, item, reason)
    values (
      'email', p_channel_id,
      jsonb_build_object(
        'kind', 'unhandled', 'uid', p_uid, 'uid_validity', p_uid_validity, 'reason', v_reason
      ),
      concat(v_reason, '; it is kept in the mailbox alone')
    );
    return 'dead';
  end if;

  v_inbound_id := (
    private.keep_requests('email', array[p_raw], jsonb_build_array(p_headers), array[v_reason])
  )[1];
  insert into private.unread_mail (inbound_id, channel_id, state, error)
  values (v_inbound_id, p_channel_id, 'dead', v_reason);
  return 'dead';
end;
$$;

comment on function private.bury_fetched_mail is
'Gives up a mail of a mailbox that the database refused three times: its bytes become a dead letter
that can be read again (I9, I10), and the cursor moves past it. Without p_raw, for bytes that are
refused as well, the dead letter names its UID. Returns dead, or fenced for a lost mailbox.';
revoke all on function private.bury_fetched_mail from public;
grant execute on function private.bury_fetched_mail to service_role;

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
    returning replay_requests.inbound_id, replay_requests.is_dry
  )

  select kept.item || jsonb_build_object('is_dry', claimed.is_dry)
  from claimed
  cross join lateral private.inbound_for_replay(
    p_ids => array[claimed.inbound_id]
  ) as kept (item)
  order by claimed.inbound_id;
end;
$$;

comment on function private.claim_replays is
'Leases requests that are to be parsed anew to a worker for a minute, five times at most; each as
inbound_for_replay gives it, with is_dry.';
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
  perform private.forget_suggestions(v_conversation_ids);
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
        items.item ->> 'external_id' as external_id, sender.sender as customer_id,
        conversations.id as conversation_id,
        known.has_new_names or sender.sender <> any (known.customer_ids) or (
          coalesce(conversations.customer_name, '') in ('', conversations.customer_phone)
          and items.item ->> 'customer_name' is not null
        ) is true as has_new_names, items.item
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
      cross join lateral private.sender_of(known.customer_ids, known.has_new_names, items) as sender
      left join public.conversations
        on conversations.customer_id = sender.sender
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
create or replace function private.finish_replays(p_report jsonb, p_is_dry boolean)
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
    and (p_is_dry or reports.line -> 'reads_again' is distinct from 'true')
    and replay_requests.is_dry = p_is_dry
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
    case when v_told then private.failure_text(private.language_of(v_conversation)) else '' end,
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
    perform private.label_followed(v_messages);
    v_sends := private.enqueue_deliveries(v_messages);
    perform private.await_visitors(v_messages);
  end if;
  if v_replies < cardinality(v_messages) then
    perform private.hear_wishes(v_messages);
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
'Trigger: shows new messages, hears STOP and START, ends or opens the AI''s turn, routes
conversations, queues deliveries and files, rings the worker, measures replies.';
revoke all on function public.handle_new_message from public, anon, authenticated, service_role;

create trigger handle_new_message after insert on public.messages
referencing new table as new_messages
for each statement execute function public.handle_new_message();

-- sql/pipeline/hold_mail.sql
create or replace function private.hold_mail(
  p_channel_id uuid,
  p_worker text,
  p_uid_validity bigint,
  p_uid bigint,
  p_code text
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_refusals integer;
begin
  update private.mailboxes
  set
    refusals = case when mailboxes.refused_uid = p_uid then mailboxes.refusals + 1 else 1 end,
    refused_uid = p_uid,
    error = format('the database refuses the mail with UID %s: %s', p_uid, left(p_code, 100))
  where mailboxes.channel_id = p_channel_id
    and mailboxes.worker = p_worker
    and mailboxes.uid_validity = p_uid_validity
    and mailboxes.last_uid < p_uid
  returning mailboxes.refusals into v_refusals;

  return case
    when v_refusals is null then 'fenced'
    when v_refusals < 3 then 'waiting'
    else 'due'
  end;
end;
$$;

comment on function private.hold_mail is
'Counts that the database refused the next mail of a mailbox. Returns waiting (to be tried again),
due (refused three times: to be buried, so that those behind it come in), or fenced when another
worker has the mailbox.';
revoke all on function private.hold_mail from public;
grant execute on function private.hold_mail to service_role;

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
    select deliveries.address
    from private.deliveries
    join public.conversations on conversations.id = deliveries.conversation_id
    where conversations.customer_id = p_customer_id
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
      and not exists (
        select 1
        from private.deliveries
        where deliveries.message_id = messages.id
      )
      and (messages.content, messages.message_type) is distinct from (
        left(coalesce(items.item ->> 'content', ''), 100000),
        left(coalesce(items.item ->> 'message_type', 'text'), 50)
      )
  );
end;
$$;

comment on function private.read_otherwise is
'Stored messages that today''s parser reads otherwise, with what it reads; a replay leaves them.
What we sent ourselves was never read: its echo shows perhaps a part, in the platform''s form.';
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

  perform private.finish_replays(v_report, p_dry_run);
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
'Requests of a window that could not be stored whole, with why (U1). A worker parses them anew with
today''s parsers within seconds; asked again, report says what that changed, or, dry, would change.
At once and for whole requests too: romashka replay --dry-run. PT400, PT403.';
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
  perform private.ask_for_replay(p_from, p_to, p_dry_run);
  if not p_dry_run then
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
'What of a window could not be stored whole, and what its replay changed; a worker
replays it, dry or not.';
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

-- sql/pipeline/sender_of.sql
create or replace function private.sender_of(
  p_customer_ids uuid[],
  p_has_new_names boolean,
  p_item private.inbound_item
)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_has_new_names and private.is_passed_on(
      p_item.channel_id, p_customer_ids[1], p_item.item -> 'identities'
    ) then null
    else p_customer_ids[1]
  end;
end;
$$;

comment on function private.sender_of is
'Which of the customers who are known by a message''s names has written it, the best name first;
null where the only one known is a number that was passed on.';
revoke all on function private.sender_of from public;
grant execute on function private.sender_of to service_role;

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
    'drafts', private.fail_overdue_drafts(),
    'lost', private.settle_failures(),
    'next_ms', private.overdue_in_ms()
  );
$$;

comment on function private.sweep is
'The safety net, run by every living process and by pg_cron where there is one: overdue turns go to
people (I11), sends of dead workers become unknown (I4), lost answers go to people (R75). Cheap;
doing it twice does nothing. next_ms says when the next turn runs out, null without one.';
revoke all on function private.sweep from public;
grant execute on function private.sweep to service_role;

-- sql/pipeline/take_in_strangers.sql
-- One event that is refused must not take back what came beside it: it stays a dead letter, with
-- what was wrong with it now.
create or replace function private.take_in_strangers()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_id bigint;
  v_count integer := 0;
begin
  for v_id in
    select rejected_items.id
    from private.rejected_items
    inner join public.channels
      on channels.type = rejected_items.channel_type
      and channels.account = rejected_items.item ->> 'account'
    where rejected_items.channel_id is null and rejected_items.resolved_at is null
      and rejected_items.reason like 'unknown account%'
      and rejected_items.created_at > clock_timestamp() - interval '1 hour'
    order by rejected_items.id
    limit 100
    for update of rejected_items skip locked
  loop
    begin
      v_count := v_count + (private.retry_item(v_id) <> 'rejected')::integer;
    exception
      when transaction_rollback or insufficient_resources then
        raise;
      when others then
        update private.rejected_items
        set reason = left(sqlerrm, 1000), attempts = rejected_items.attempts + 1
        where rejected_items.id = v_id;
    end;
  end loop;
  return v_count;
end;
$$;

comment on function private.take_in_strangers is
'Takes in the events of the last hour whose account has been registered since: the first webhook may
come before the process that takes it has registered its accounts (I9). Returns how many; older ones
wait for a person.';
revoke all on function private.take_in_strangers from public;
grant execute on function private.take_in_strangers to service_role;

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
    'days', private.roll_up_deliveries(),
    'alerts', private.raise_alerts(),
    'expired', private.purge_expired(),
    'visits', private.purge_visits(),
    'backtests', private.purge_backtests(),
    'drafts', private.purge_drafts(),
    'runs', private.purge_runs(),
    'chats', private.continue_by_email(),
    'thresholds', private.retune_thresholds(),
    'spent', private.watch_budget(),
    'models', private.close_model_alerts(),
    'worse', private.watch_ai_now_and_then(),
    'parked', private.settle_parked(),
    'receipts', private.settle_receipts(),
    'fallbacks', private.fall_back_blocked(),
    'channels', private.watch_channels(),
    'orphans', private.give_up_parked(),
    'terms', private.fold_terms(),
    'suggestions', private.mine_suggestions()
  );
$$;

comment on function private.upkeep is
'What needs doing every few seconds: hours and days are summed up, what is kept for a time goes,
alerts rise and fall, channels are looked after, what was parked finds its place or is a dead
letter, answers follow visitors who have left.';
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
alter table private.consent_words enable row level security;
alter table private.identity_moves enable row level security;

revoke all on table public.customer_profiles from public, anon, authenticated, service_role;
revoke all on table public.customer_identities from public, anon, authenticated, service_role;
revoke all on table private.email_consents from public, anon, authenticated, service_role;
revoke all on table private.consent_words from public, anon, authenticated, service_role;
revoke all on table private.identity_moves from public, anon, authenticated, service_role;

grant select on table public.customer_profiles to authenticated;
grant update (name, email, phone, language, attributes, is_blocked)
on table public.customer_profiles to authenticated;
grant select on table public.customer_identities to authenticated;
grant select, insert, update, delete on table public.customer_profiles to service_role;
grant select, insert, update, delete on table public.customer_identities to service_role;
grant select, insert, update, delete on table private.consent_words to service_role;
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
  bucket_id = 'media' and (select private.may_upload(name, metadata))
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
alter table public.knowledge_versions enable row level security;
alter table public.knowledge_chunks enable row level security;
alter table private.knowledge_terms enable row level security;
alter table private.knowledge_term_changes enable row level security;

revoke all on table public.knowledge_articles from public, anon, authenticated, service_role;
revoke all on table public.knowledge_versions from public, anon, authenticated, service_role;
revoke all on table public.knowledge_chunks from public, anon, authenticated, service_role;
revoke all on table private.knowledge_terms from public, anon, authenticated, service_role;
revoke all on table private.knowledge_term_changes
from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.knowledge_articles to authenticated;
grant select on table public.knowledge_versions to authenticated;
grant select on table public.knowledge_chunks to authenticated;
grant select on table private.knowledge_terms to authenticated;
grant select on table private.knowledge_term_changes to authenticated;
grant select, insert, update, delete on table public.knowledge_articles to service_role;
grant select on table public.knowledge_versions to service_role;
grant select, insert, update, delete on table public.knowledge_chunks to service_role;
grant select, insert, update, delete on table private.knowledge_terms to service_role;
grant select, insert, update, delete on table private.knowledge_term_changes to service_role;

create policy "agents see articles, customers the published" on public.knowledge_articles
for select to authenticated using (
  (select private.is_agent())
  or (
    is_published
    and visibility = 'public'
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

create policy "agents see versions" on public.knowledge_versions
for select to authenticated using ((select private.is_agent()));

-- sql/ai/policies.sql
alter table public.ai_settings enable row level security;
alter table private.reply_jobs enable row level security;
alter table public.ai_runs enable row level security;
alter table public.ai_labels enable row level security;
alter table public.ai_thresholds enable row level security;
alter table private.run_texts enable row level security;
alter table public.ai_budget enable row level security;
alter table private.ai_spending enable row level security;
alter table public.model_prices enable row level security;
alter table public.ai_calls enable row level security;
alter table public.hand_over_rules enable row level security;

revoke all on table public.ai_settings from public, anon, authenticated, service_role;
revoke all on table private.reply_jobs from public, anon, authenticated, service_role;
revoke all on table public.ai_runs from public, anon, authenticated, service_role;
revoke all on table public.ai_labels from public, anon, authenticated, service_role;
revoke all on table public.ai_thresholds from public, anon, authenticated, service_role;
revoke all on table private.run_texts from public, anon, authenticated, service_role;
revoke all on table public.ai_budget from public, anon, authenticated, service_role;
revoke all on table private.ai_spending from public, anon, authenticated, service_role;
revoke all on table public.model_prices from public, anon, authenticated, service_role;
revoke all on table public.ai_calls from public, anon, authenticated, service_role;
revoke all on sequence public.ai_calls_id_seq from public, anon, authenticated, service_role;
revoke all on table public.hand_over_rules from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.ai_settings to authenticated;
grant select on table private.reply_jobs to authenticated;
grant select on table public.ai_runs to authenticated;
grant select on table public.ai_labels to authenticated;
grant select on table public.ai_thresholds to authenticated;
grant select, insert, update, delete on table public.hand_over_rules to authenticated;
grant select on table private.run_texts to authenticated;
grant select, insert, update, delete on table public.model_prices to authenticated;
grant select, insert, update, delete on table public.ai_budget to authenticated;
grant select on table private.ai_spending to authenticated;
grant select, insert, update, delete on table public.ai_budget to service_role;
grant select, insert, update, delete on table private.ai_spending to service_role;
grant select on table public.ai_calls to authenticated;
grant select, insert, update, delete on table private.run_texts to service_role;
grant select, insert, update, delete on table public.model_prices to service_role;
grant select, insert, update, delete on table public.ai_calls to service_role;
grant select, insert, update, delete on table public.ai_settings to service_role;
grant select, insert, update, delete on table private.reply_jobs to service_role;
grant select, insert, update, delete on table public.ai_runs to service_role;
grant select, insert, update, delete on table public.ai_labels to service_role;
grant select, insert, update, delete on table public.ai_thresholds to service_role;
grant select, insert, update, delete on table public.hand_over_rules to service_role;

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

create policy "agents see ai thresholds" on public.ai_thresholds
for select to authenticated using ((select private.is_agent()));

create policy "agents see ai labels" on public.ai_labels
for select to authenticated using ((select private.is_agent()));

create policy "agents see texts of runs" on private.run_texts
for select to authenticated using ((select private.is_agent()));

create policy "agents see calls to models" on public.ai_calls
for select to authenticated using ((select private.is_agent()));

create policy "agents see the budget" on public.ai_budget
for select to authenticated using ((select private.is_agent()));

create policy "admins add the budget" on public.ai_budget
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change the budget" on public.ai_budget
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove the budget" on public.ai_budget
for delete to authenticated using ((select private.is_admin()));

create policy "agents see what was spent" on private.ai_spending
for select to authenticated using ((select private.is_agent()));

create policy "agents see prices" on public.model_prices
for select to authenticated using ((select private.is_agent()));

create policy "admins add prices" on public.model_prices
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change prices" on public.model_prices
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove prices" on public.model_prices
for delete to authenticated using ((select private.is_admin()));

create policy "agents see hand-over rules" on public.hand_over_rules
for select to authenticated using ((select private.is_agent()));

create policy "admins add hand-over rules" on public.hand_over_rules
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change hand-over rules" on public.hand_over_rules
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove hand-over rules" on public.hand_over_rules
for delete to authenticated using ((select private.is_admin()));

create view public.reply_jobs with (security_invoker = true) as
select
  reply_jobs.id,
  reply_jobs.conversation_id,
  reply_jobs.first_message_id,
  reply_jobs.state,
  reply_jobs.outcome,
  reply_jobs.reason,
  reply_jobs.rule_id,
  reply_jobs.is_shadow,
  reply_jobs.attempt,
  reply_jobs.deadline,
  reply_jobs.reply_message_id,
  reply_jobs.created_at,
  reply_jobs.finished_at
from private.reply_jobs;

comment on view public.reply_jobs is 'The turns of the AI as agents see them.';

revoke all on table public.reply_jobs from public, anon, authenticated, service_role;
grant select on table public.reply_jobs to authenticated, service_role;

alter table public.ai_tools enable row level security;
alter table public.ai_tool_calls enable row level security;

revoke all on table public.ai_tools from public, anon, authenticated, service_role;
revoke all on table public.ai_tool_calls from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.ai_tools to authenticated;
grant select on table public.ai_tool_calls to authenticated;
grant select, insert, update, delete on table public.ai_tools to service_role;
grant select, insert, update, delete on table public.ai_tool_calls to service_role;

create policy "agents see ai tools" on public.ai_tools
for select to authenticated using ((select private.is_agent()));

create policy "admins add ai tools" on public.ai_tools
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change ai tools" on public.ai_tools
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove ai tools" on public.ai_tools
for delete to authenticated using ((select private.is_admin()));

create policy "agents see ai tool calls" on public.ai_tool_calls
for select to authenticated using ((select private.is_agent()));

create policy "tools see what they may give" on public.ai_tools
for select to ai_reader using (true);

-- What a tool reads: the columns that are the customer's own affair, of the customer in the claims.
grant select (name, customer_attributes) on table public.ai_tools to ai_reader;
grant select (id, name, email, phone, language, attributes, created_at)
on table public.customer_profiles to ai_reader;
grant select (
  id, customer_id, channel_type, status, subject, language, created_at, last_message_at, resolved_at
) on table public.conversations to ai_reader;
grant select (
  id, conversation_id, seq, sender_type, content, is_private, created_at, deleted_at
) on table public.messages to ai_reader;

create policy "tools see the customer" on public.customer_profiles
for select to ai_reader using (id = (select private.customer_of_claims()));

create policy "tools see the customer's conversations" on public.conversations
for select to ai_reader using (customer_id = (select private.customer_of_claims()));

create policy "tools see the customer's messages" on public.messages
for select to ai_reader using (
  not is_private
  and deleted_at is null
  and conversation_id in (
    select conversations.id
    from public.conversations
    where conversations.customer_id = (select private.customer_of_claims())
  )
);

alter table private.open_questions enable row level security;
revoke all on table private.open_questions from public, anon, authenticated, service_role;
grant select on table private.open_questions to authenticated;
grant select, insert, update, delete on table private.open_questions to service_role;

create policy "agents see open questions" on private.open_questions
for select to authenticated using ((select private.is_agent()));

alter table public.knowledge_suggestions enable row level security;
alter table private.solved_conversations enable row level security;
revoke all on table public.knowledge_suggestions from public, anon, authenticated, service_role;
revoke all on table private.solved_conversations from public, anon, authenticated, service_role;
grant select on table public.knowledge_suggestions to authenticated;
grant select, insert, update, delete on table public.knowledge_suggestions to service_role;
grant select, insert, update, delete on table private.solved_conversations to service_role;

create policy "agents see suggestions" on public.knowledge_suggestions
for select to authenticated using ((select private.is_agent()));

-- sql/learning/policies.sql
alter table public.ai_backtests enable row level security;
alter table public.ai_backtest_items enable row level security;
alter table public.ai_drafts enable row level security;
alter table private.ai_watch enable row level security;

revoke all on table public.ai_drafts from public, anon, authenticated, service_role;
revoke all on table private.ai_watch from public, anon, authenticated, service_role;
revoke all on table public.ai_backtests from public, anon, authenticated, service_role;
revoke all on table public.ai_backtest_items from public, anon, authenticated, service_role;

grant select, insert, update, delete on table private.ai_watch to service_role;
grant select on table public.ai_drafts to authenticated;
grant select, insert, update, delete on table public.ai_drafts to service_role;
grant select on table public.ai_backtests to authenticated;
grant select on table public.ai_backtest_items to authenticated;
grant select, insert, update, delete on table public.ai_backtests to service_role;
grant select, insert, update, delete on table public.ai_backtest_items to service_role;

create policy "agents see backtests" on public.ai_backtests
for select to authenticated using ((select private.is_agent()));

create policy "agents see what was tried" on public.ai_backtest_items
for select to authenticated using ((select private.is_agent()));

create policy "agents see drafts" on public.ai_drafts
for select to authenticated using ((select private.is_agent()));

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
