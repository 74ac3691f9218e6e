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
  priority text constraint routing_rules_priority_check
  check (priority in ('low', 'normal', 'high', 'urgent')),
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
