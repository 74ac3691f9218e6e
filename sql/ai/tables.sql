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
  mode text constraint ai_settings_mode_check check (mode in ('auto', 'shadow', 'off')),
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
comment on column public.ai_settings.mode is
'auto: the AI answers, as where no row says anything; shadow: it only notes what it would say,
people answer; off: people answer.';
comment on column public.ai_settings.confidence_threshold is
'An answer counts only above it (R50); 0.7 where no row says anything. What customers pick of what
they are offered is above all but 1, at which the AI neither answers nor asks back.';
comment on column public.ai_settings.max_wrong_rate is
'The highest share of wrong answers accepted, 0.05 where no row says anything; 1 switches this gate
off. Labels find the confidence above which it is kept; the higher of both gates holds.';
comment on column public.ai_settings.answers_per_hour is
'E-mail: so many answers of AI and system one sender gets in an hour, then people; null is five.
A row of another channel has none.';
comment on column public.ai_settings.instructions is
'What the model is told of the business and its task (R120).';
comment on column public.ai_settings.tone is 'How the model is to sound (R120).';
comment on column public.ai_settings.guardrails is 'What the model must never say or do (R120).';

create table public.ai_thresholds (
  id uuid primary key default gen_random_uuid(),
  channel_type text,
  language text,
  max_wrong_rate double precision not null,
  answerers jsonb not null default '{}'
  constraint ai_thresholds_answerers_check check (jsonb_typeof(answerers) = 'object'),
  tuned_at timestamptz not null default clock_timestamp(),
  constraint ai_thresholds_scope_key unique nulls not distinct (channel_type, language)
);

comment on table public.ai_thresholds is
'The confidence above which labels say that no more than max_wrong_rate of the answers are wrong,
for a channel and a language, null means any.';
comment on column public.ai_thresholds.answerers is
'By who gave the confidence, as everybody means something else by it (a fit of the built-in
answerer, or a language model by its name): {model, threshold: null while the labels prove nothing
yet, labels: how many it rests on, answers: how many of those lie above the threshold, wrong: how
many of these were wrong, bound: so many of them at most are, with 95 % confidence}.';

create table public.learned_gates (
  fit text not null,
  max_wrong_rate double precision not null,
  gate double precision,
  labels integer not null,
  bias double precision not null,
  slope double precision not null,
  learned_at timestamptz not null default clock_timestamp(),
  constraint learned_gates_pkey primary key (fit, max_wrong_rate)
);

comment on table public.learned_gates is
'The confidence that an answer of the built-in answerer needs, learned here from what customers
picked when they were asked back, and other labels; before there is one, what other businesses
taught holds.';
comment on column public.learned_gates.gate is
'Above it, no more than max_wrong_rate of the answers are expected to be wrong; null while there are
too few labels.';
comment on column public.learned_gates.labels is 'How many labels of guesses it rests on.';
comment on column public.learned_gates.bias is
'Added to slope times the log odds of a confidence, it gives the log odds that labels speak for.';

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
  customer_has jsonb constraint hand_over_rules_customer_has_check
  check (jsonb_typeof(customer_has) = 'object'),
  has_tag text,
  assign_agent_id uuid references public.agents (id) on delete set null,
  priority text constraint hand_over_rules_priority_check
  check (priority in ('low', 'normal', 'high', 'urgent')),
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
comment on column public.hand_over_rules.intent is
'An article''s title, which is what the built-in answerer calls an intent, small talk (greeting,
thanks), or what a language model calls it.';
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
  fit text,
  sources jsonb not null default '[]',
  question text,
  left_out text,
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
create index ai_runs_fit_idx on public.ai_runs (fit, created_at) where fit is not null;
create index ai_runs_message_id_idx on public.ai_runs (message_id);
create index ai_runs_reply_job_id_idx on public.ai_runs (reply_job_id);

comment on table public.ai_runs is
'Every run of a model: what it was asked, on what it rests, what came of it (U5).';
comment on column public.ai_runs.outcome is
'answered, clarified, handed_over, or fenced when the reply came too late to count: those go after
90 days, the others with their conversation.';
comment on column public.ai_runs.left_out is
'The questions of the message that an answer left out, as it told the customer; null: none.';
comment on column public.ai_runs.is_shadow is 'Nothing was sent: outcome is what would have been.';
comment on column public.ai_runs.facts is
'What the hand-over rules looked at: {signals, ai_turns, clarifications, ...}.';
comment on column public.ai_runs.threshold is 'The gate as it was then.';
comment on column public.ai_runs.setting is
'Where the gate came from, and the rule that decided: {mode, confidence_threshold, tuned_threshold:
what labels found of who answered, max_wrong_rate, needed: the confidence that the embedded answerer
held itself to, gate: learned here or shipped, as other businesses taught it, rule}.';
comment on column public.ai_runs.seen is
'What the model was shown beside the question (U5): {language, history: [seq], instructions,
knowledge: [{article_id, version, title, coverage, text, passage}], looked_up: [{tool, content,
sources}]}; texts of articles and instructions are hashes in run_texts.';
comment on column public.ai_runs.fit is
'Which of its fits gave the built-in answerer the confidence in its best article; null for what it
did not guess, and for other models.';
comment on column public.ai_runs.sources is
'What the reply rests on: [{article_id, chunk_id, title, version}].';
comment on column public.ai_runs.is_estimated is
'True when the model told no token counts and we guessed them.';

create domain public.label_source as text constraint label_source_check
check (value in ('agent', 'rating', 'pick', 'answered_again', 'reopened'));

comment on domain public.label_source is
'Who says whether an answer was right: an agent, the customer''s rating, their pick when they were
asked back; or what followed it: a person answered again, the conversation was opened again.';

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
create index ai_labels_picks_idx on public.ai_labels (created_at) where source = 'pick';

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
'Questions that the AI did not answer, or left out of an answer, in their words without endings;
written by trigger.';
comment on column private.open_questions.terms is 'Sorted, each once.';
comment on column private.open_questions.is_missed is
'No article answered it; false: we asked back, which is a miss once a person was needed after. The
row goes when something was answered.';

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
  check (input_microusd between 0 and 1e12),
  cached_microusd double precision
  constraint model_prices_cached_microusd_check
  check (cached_microusd between 0 and 1e12),
  output_microusd double precision not null
  constraint model_prices_output_microusd_check
  check (output_microusd between 0 and 1e12),
  constraint model_prices_model_key unique (model, valid_from)
);

comment on table public.model_prices is
'What a million tokens of a model cost, in millionths of a dollar, from a moment on: a million
dollars at most, as a slip of the keys must not end turns whose cost is no number any more.';
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
