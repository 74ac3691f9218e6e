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
