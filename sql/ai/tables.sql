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
'What the reply rests on: [{article_id, chunk_id, title, version}].';
comment on column public.ai_runs.is_estimated is
'True when the model told no token counts and we guessed them.';

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
