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
comment on column public.ai_drafts.confidence is
'How likely it is right, from 0 to 1; null for summaries. Where that is less than 0.1 for the
articles'' own words, they are left out: no article answers.';
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
