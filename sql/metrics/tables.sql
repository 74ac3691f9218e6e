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
